'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { z } from 'zod'
import type { KeyResult } from '#components/console/api-keys'
import type { ConfirmResult } from '#components/console/confirm-action'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { createApiKeyIn, revokeApiKeyIn } from '#lib/identity'
import { apiKeyInput, apiKeyRole } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { audited, originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { requireTenant } from '../../session.ts'
import { keyRolesGivenBy } from './given.ts'

const input = z.object({
  name: apiKeyInput.shape.name,
  // A key without roles may do everything: the console makes none by leaving all boxes empty.
  roles: z.array(apiKeyRole).min(1, 'choose at least one').max(5),
  expires_in_days: z.enum(['', '30', '90', '365']),
})

/** Makes a key of the org; its secret is in the answer and nowhere else. */
export async function createKey(org: string, _previous: KeyResult, form: FormData): Promise<KeyResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'api_keys.manage')
    const { name, roles, expires_in_days } = parse(
      input,
      {
        name: String(form.get('name') ?? '').trim(),
        roles: form.getAll('role'),
        expires_in_days: form.get('expires_in_days') ?? '',
      },
      'form',
    )
    const given = keyRolesGivenBy(caller.role)
    if (!roles.every((role) => given.includes(role)))
      throw new AppError('forbidden', { detail: `You may give a key these roles: ${given.join(', ')}.` })
    const origin = originOf(await headers())
    const days = Number(expires_in_days)
    const { secret } = await forOrg(tenant, async (tx) => {
      const created = await createApiKeyIn(tx, tenant, {
        name,
        roles,
        ...(days > 0 && { expires_in_seconds: days * 86_400 }),
      })
      await audited(tx, tenant, caller, origin, 'api_key.created', { api_key_id: created.id })
      return created
    })
    revalidatePath('/console/[org]/api-keys', 'page')
    return { name, secret }
  })
}

/** Ends a key: its next call is refused. */
export async function revokeKey(
  org: string,
  key: string,
  _previous: ConfirmResult,
  _form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'api_keys.manage')
    const id = parseId('api_key', String(key))
    if (id === null) throw new AppError('not_found')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await revokeApiKeyIn(tx, tenant, id)
      await audited(tx, tenant, caller, origin, 'api_key.revoked', { api_key_id: String(key) })
    })
    revalidatePath('/console/[org]/api-keys', 'page')
    return null
  })
}
