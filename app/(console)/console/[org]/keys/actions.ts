'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import { deploymentSegment } from '#components/console/shell'
import { actorOf } from '#lib/identity'
import { keyRotation, originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { requireTenant } from '../../session.ts'

/** Gives an org, or the deployment, a new data key, and has all that older ones sealed sealed anew. */
export async function rotateKey(org: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'keys.manage')
    await keyRotation.startReencrypt(tenant, actorOf(caller), originOf(await headers()))
    revalidatePath('/console/[org]/keys', 'page')
    return null
  })
}

/** Brings all orgs' keys under the key that wraps now: for the deployment's operators. */
export async function rewrapKeys(): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller } = await requireTenant(deploymentSegment, 'keys.manage')
    await keyRotation.startRewrap(actorOf(caller), originOf(await headers()))
    revalidatePath('/console/[org]/keys', 'page')
    return null
  })
}
