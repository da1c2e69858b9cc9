'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { connect, originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { requireTenant } from '../../session.ts'

/** Says that the refusals of an incident are right: what is refused again is disconnected. */
export async function confirmIncident(org: string, incident: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'incidents.manage')
    const id = parseId('incident', String(incident))
    if (id === null) throw new AppError('not_found')
    const wasOpen = await connect.confirmIncident(tenant, caller, id, originOf(await headers()))
    revalidatePath('/console/[org]/incidents', 'page')
    return wasOpen ? null : { fault: 'This incident is over already.' }
  })
}
