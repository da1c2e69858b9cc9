'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import { forOrg } from '#lib/db'
import { actorOf } from '#lib/identity'
import { addDomainIn, makePrimaryIn, removeDomainIn } from '#lib/tenancy'
import { audited, connect, originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { requireOrg } from '../../session.ts'

const again = () => revalidatePath('/console/[org]/domains', 'page')

/** Asks for a hostname, and looks at once what is published for it. */
export async function addDomain(
  org: string,
  _previous: ConfirmResult,
  form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'domains.manage')
    const origin = originOf(await headers())
    const added = await forOrg(tenant, async (tx) => {
      const created = await addDomainIn(tx, tenant, String(form.get('hostname') ?? ''), actorOf(caller))
      const facts = { domain_id: created.id, hostname: created.hostname }
      await audited(tx, tenant, caller, origin, 'domain.created', facts)
      return created
    })
    await connect.checkDomain(tenant, caller, added.id, origin)
    again()
    return null
  })
}

/** Looks the records up now. */
export async function checkDomain(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'domains.manage')
    await connect.checkDomain(tenant, caller, String(id), originOf(await headers()))
    again()
    return null
  })
}

/** Makes new links for this domain. */
export async function makePrimary(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'domains.manage')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const changed = await makePrimaryIn(tx, tenant, String(id))
      const facts = { domain_id: changed.id, hostname: changed.hostname }
      await audited(tx, tenant, caller, origin, 'domain.made_primary', facts, ['primary'])
    })
    again()
    return null
  })
}

/** Gives a domain up. */
export async function removeDomain(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'domains.manage')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const removed = await removeDomainIn(tx, tenant, String(id))
      const facts = { domain_id: removed.id, hostname: removed.hostname }
      await audited(tx, tenant, caller, origin, 'domain.deleted', facts)
    })
    again()
    return null
  })
}
