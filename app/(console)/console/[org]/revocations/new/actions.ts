'use server'

import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { StartResult } from '#components/console/start-revocation'
import { revocationInput } from '#lib/connect/schema'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { connect, originOf } from '#runtime'
import { acting } from '../../../acting.ts'
import { isDeployment, pathOf, requireFresh, requireTenant } from '../../../session.ts'
import { toType } from './to-type.ts'

const filter = z.strictObject(revocationInput.pick({ user_id: true, connector: true }).shape)
const input = z.object({
  reason: z.string().trim().min(1, 'must be given').max(500, 'must be at most 500 characters'),
  typed: z.string().trim().max(200),
})

/** Revokes all accounts that match, and goes on to the report. */
export async function startRevocation(
  org: string,
  asked: { user_id?: string; connector?: string },
  _previous: StartResult,
  form: FormData,
): Promise<StartResult> {
  const done = await acting(async () => {
    const admin = await requireTenant(String(org), 'revocations.manage')
    const { caller, tenant } = admin
    const wanted = parse(filter, asked, 'filter')
    // What ends everything at once is for whoever is at the keyboard now, not for a session that was left open.
    if (Object.keys(wanted).length === 0) await requireFresh(admin)
    const { reason, typed } = parse(
      input,
      { reason: form.get('reason'), typed: form.get('typed') ?? '' },
      'form',
    )
    const must = toType(tenant, wanted)
    if (must !== null && typed !== must)
      throw new AppError('invalid_request', { detail: `Type ${must} to confirm.` })
    const { batch_id, data } = await connect.revokeMany(
      caller,
      {
        ...(!isDeployment(tenant) && { org_id: tenant.externalId }),
        ...wanted,
        ...(Object.keys(wanted).length === 0 && { all: true }),
        reason,
      },
      originOf(await headers()),
    )
    redirect(`${pathOf(tenant)}/revocations/${isDeployment(tenant) ? batch_id : (data[0]?.id ?? '')}`)
  })
  return { ...done, reason: String(form.get('reason') ?? '').slice(0, 500) }
}
