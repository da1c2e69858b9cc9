'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import { changeStreamIn, createStream, deleteStreamIn, liftHoldIn, placeHoldIn } from '#lib/audit'
import { auditStreamInput, legalHoldInput } from '#lib/audit/schema'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { actorOf } from '#lib/identity'
import { parseId } from '#lib/ids'
import { deploymentTenant } from '#lib/tenancy'
import { audited, originOf, signAuditHead } from '#runtime'
import { acting } from '../../acting.ts'
import { isDeployment, requireOrg, requireTenant } from '../../session.ts'

const done = () => {
  revalidatePath('/console/[org]/reports', 'page')
  return null
}

const text = (form: FormData, name: string): string => {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

const idOf = (kind: 'legal_hold' | 'audit_stream', id: string): string => {
  const found = parseId(kind, String(id))
  if (!found) throw new AppError('not_found')
  return found
}

/** Keeps the org's whole audit until the hold is lifted. */
export async function placeHold(org: string, _: ConfirmResult, form: FormData): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'audit.manage')
    const { reason } = parse(legalHoldInput, { reason: text(form, 'reason') }, 'body')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const hold = await placeHoldIn(tx, tenant, reason, actorOf(caller))
      await audited(tx, tenant, caller, origin, 'legal_hold.placed', { legal_hold_id: hold.id, reason })
    })
    return done()
  })
}

/** Lifts a hold: for the deployment's operators, as whoever a hold is about must not lift it. */
export async function liftHold(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'audit.manage')
    deploymentTenant(caller)
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await liftHoldIn(tx, tenant, idOf('legal_hold', id), actorOf(caller))
      await audited(tx, tenant, caller, origin, 'legal_hold.lifted', { legal_hold_id: String(id) })
    })
    return done()
  })
}

/** Sends the org's events to a collector from now on. */
export async function addStream(org: string, _: ConfirmResult, form: FormData): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'audit.manage')
    const given = ['kind', 'name', 'url', 'authorization', 'ca_pem'].map(
      (name) => [name, text(form, name)] as const,
    )
    const input = parse(
      auditStreamInput,
      Object.fromEntries(given.filter(([, value]) => value !== '')),
      'body',
    )
    const { org_id: _org, ...stream } = input
    const origin = originOf(await headers())
    await createStream(tenant, stream, actorOf(caller), (tx, made) =>
      audited(tx, tenant, caller, origin, 'audit_stream.created', {
        audit_stream_id: made.id,
        kind: made.kind,
        url: made.url,
        every_org: 'false',
      }),
    )
    return done()
  })
}

/** Pauses a stream, or has it go on where it was. */
export async function pauseStream(org: string, id: string, paused: boolean): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'audit.manage')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await changeStreamIn(tx, tenant, idOf('audit_stream', id), { paused: paused === true })
      const facts = { audit_stream_id: String(id), paused: paused === true }
      await audited(tx, tenant, caller, origin, 'audit_stream.changed', facts, ['paused'])
    })
    return done()
  })
}

/** Ends a stream for good. */
export async function endStream(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'audit.manage')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await deleteStreamIn(tx, tenant, idOf('audit_stream', id))
      await audited(tx, tenant, caller, origin, 'audit_stream.deleted', { audit_stream_id: String(id) })
    })
    return done()
  })
}

/** Signs the head of the chain at once, instead of with the next run. */
export async function signNow(org: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant } = await requireTenant(String(org), 'audit.manage')
    if (!(await signAuditHead(tenant))) {
      const what = isDeployment(tenant) ? 'The deployment' : 'This organization'
      throw new AppError('conflict', { detail: `${what} has no events yet.` })
    }
    return done()
  })
}
