'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { z } from 'zod'
import type { RevokeResult } from '#components/console/revoke-access'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { parseId } from '#lib/ids'
import { connect, originOf } from '#runtime'
import { acting } from '../../../acting.ts'
import { requireOrg } from '../../../session.ts'

const input = z.object({
  reason: z.string().trim().min(1, 'must be given').max(500, 'must be at most 500 characters'),
})

/** Revokes one connected account: here at once, then at the provider. */
export async function revokeAccess(
  org: string,
  account: string,
  _previous: RevokeResult | null,
  form: FormData,
): Promise<RevokeResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'accounts.manage')
    const { reason } = parse(input, { reason: form.get('reason') }, 'form')
    const uuid = parseId('connected_account', String(account))
    if (uuid === null) throw new AppError('not_found')
    const { upstream } = await connect.revoke(tenant, caller, uuid, reason, originOf(await headers()))
    revalidatePath('/console/[org]/accounts/[id]', 'page')
    return { upstream }
  })
}
