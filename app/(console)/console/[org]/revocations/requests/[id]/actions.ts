'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { DecideRequestResult } from '#components/console/revoking/decide-request'
import { AppError, toAppError } from '#lib/errors'
import { parse } from '#lib/http'
import { parseId } from '#lib/ids'
import { connect, originOf } from '#runtime'
import { acting } from '../../../../acting.ts'
import { isDeployment, pathOf, requireFresh, requireTenant } from '../../../../session.ts'
import { typedBy } from '../../new/to-type.ts'

async function asked(org: string, request: string) {
  const admin = await requireTenant(String(org), 'revocations.manage')
  const id = parseId('revocation_request', String(request))
  if (id === null) throw new AppError('not_found')
  return { admin, ...admin, id }
}

/** Shows what became of it, also where somebody else was faster. */
const again = () => revalidatePath('/console/[org]/revocations/requests/[id]', 'page')

/**
 * Approves what somebody else asked for, which revokes it, and goes on to the report.
 * @param shown what the page said that it reaches
 */
export async function approveRequest(
  org: string,
  request: string,
  shown: string,
  _previous: DecideRequestResult,
  form: FormData,
): Promise<DecideRequestResult> {
  return acting(async () => {
    const { admin, tenant, caller, id } = await asked(org, request)
    await requireFresh(admin)
    const must = typedBy(tenant)
    if (String(form.get('typed') ?? '').trim() !== must)
      throw new AppError('invalid_request', { detail: `Type ${must} to confirm.` })
    const { batch_id, data } = await connect
      .approveRevocation(tenant, caller, id, originOf(await headers()), String(shown))
      .catch((thrown: unknown) => {
        // What the page shows is another matter by now.
        if (toAppError(thrown).code === 'conflict') again()
        throw thrown
      })
    redirect(`${pathOf(tenant)}/revocations/${isDeployment(tenant) ? batch_id : (data[0]?.id ?? '')}`)
  })
}

const why = z.object({ note: z.string().trim().min(1, 'must be given').max(500) })

export async function denyRequest(
  org: string,
  request: string,
  _previous: DecideRequestResult,
  form: FormData,
): Promise<DecideRequestResult> {
  return acting(async () => {
    const { tenant, caller, id } = await asked(org, request)
    const { note } = parse(why, { note: form.get('note') ?? '' }, 'form')
    await connect.denyRevocation(tenant, caller, id, note, originOf(await headers()))
    again()
    return null
  })
}

export async function withdrawRequest(
  org: string,
  request: string,
  _previous: DecideRequestResult,
): Promise<DecideRequestResult> {
  return acting(async () => {
    const { tenant, caller, id } = await asked(org, request)
    await connect.withdrawRevocation(tenant, caller, id, originOf(await headers()))
    again()
    return null
  })
}
