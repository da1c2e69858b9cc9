'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { changeAuthConfig } from '#lib/oauth'
import { audited, connectors, originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { requireTenant } from '../../session.ts'

/** Lets nobody connect through a client any more, or again. What is connected through it goes on. */
export async function setClientDisabled(org: string, id: string, disabled: boolean): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, caller } = await requireTenant(String(org), 'connectors.manage')
    const uuid = parseId('auth_config', String(id))
    if (uuid === null) throw new AppError('not_found')
    const origin = originOf(await headers())
    const facts = { auth_config_id: String(id), disabled: disabled === true }
    await changeAuthConfig(
      tenant,
      caller,
      uuid,
      { disabled: disabled === true },
      (connector) => connectors[connector]?.baseUrls ?? {},
      (tx) => audited(tx, tenant, caller, origin, 'auth_config.changed', facts, ['disabled']),
    )
    revalidatePath('/console/[org]/connectors', 'page')
    return null
  })
}
