'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import type { ScimTokenResult } from '#components/console/sign-in-settings/scim-tokens'
import type { TestResult } from '#components/console/sign-in-settings/test-connection'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import {
  actorOf,
  addSsoDomainIn,
  bindGroupIn,
  changeSsoConnection,
  checkSsoDomain,
  createScimTokenIn,
  createSsoConnection,
  deleteSsoConnectionIn,
  getSsoConnection,
  inspectIssuer,
  removeSsoDomainIn,
  requireSsoIn,
  revokeScimTokenIn,
  scimTokenInput,
  setSsoStatusIn,
  ssoConnectionInUse,
} from '#lib/identity'
import { audited, originOf } from '#runtime'
import { goToSso } from '../../../../api/auth/sso.ts'
import { acting } from '../../acting.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { readConnection } from './read-form.ts'

const again = () => revalidatePath('/console/[org]/sign-in-settings', 'page')

/** Who acts on which org, and how what they do is written down. */
async function place(org: string) {
  const admin = await requireTenant(String(org), 'sign_in.manage')
  const { caller, tenant } = admin
  const origin = originOf(await headers())
  const record = (
    tx: Tx,
    action: string,
    details: Readonly<Record<string, string | boolean | null>>,
    fields: readonly string[] = [],
  ) => audited(tx, tenant, caller, origin, action, details, fields)
  return { ...admin, record, by: actorOf(caller) }
}

/** Adds a connection, switched off until it is switched on. */
export async function addConnection(
  org: string,
  _previous: ConfirmResult,
  form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, caller, record } = await place(org)
    await createSsoConnection(tenant, caller, readConnection(form), (tx, { id, issuer }) =>
      record(tx, 'sso_connection.created', { connection: id, issuer }),
    )
    again()
    return null
  })
}

export async function changeConnection(
  org: string,
  id: string,
  _previous: ConfirmResult,
  form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, caller, record } = await place(org)
    await changeSsoConnection(tenant, caller, String(id), readConnection(form), (tx, { after, fields }) =>
      record(tx, 'sso_connection.changed', { connection: after.id, issuer: after.issuer }, fields),
    )
    again()
    return null
  })
}

/** Looks at the identity provider as it stands now. */
export async function testConnection(org: string, id: string): Promise<TestResult> {
  return acting(async () => {
    const { tenant } = await place(org)
    const { issuer, scopes } = await getSsoConnection(tenant, String(id))
    return { findings: await inspectIssuer(issuer, { scopes }) }
  })
}

export async function switchConnection(org: string, id: string, on: boolean): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, record } = await place(org)
    await forOrg(tenant, async (tx) => {
      const { replaced } = await setSsoStatusIn(tx, tenant, String(id), on === true ? 'on' : 'off')
      if (replaced !== null)
        await record(tx, 'sso_connection.switched_off', { connection: replaced }, ['status'])
      const action = on === true ? 'sso_connection.switched_on' : 'sso_connection.switched_off'
      await record(tx, action, { connection: String(id) }, ['status'])
    })
    again()
    return null
  })
}

export async function removeConnection(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, record } = await place(org)
    await forOrg(tenant, async (tx) => {
      const { issuer } = await deleteSsoConnectionIn(tx, tenant, String(id))
      await record(tx, 'sso_connection.deleted', { connection: String(id), issuer })
    })
    again()
    return null
  })
}

/** Binds a group to a role; without a role, unbinds it. */
export async function bindGroup(
  org: string,
  id: string,
  _previous: ConfirmResult,
  form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, record } = await place(org)
    const group = String(form.get('group') ?? '').trim()
    const role = form.get('role') === null ? null : String(form.get('role'))
    await forOrg(tenant, async (tx) => {
      await bindGroupIn(tx, tenant, String(id), group, role)
      const action = role === null ? 'sso_connection.group_unbound' : 'sso_connection.group_bound'
      await record(tx, action, { connection: String(id), group, role }, ['role_bindings'])
    })
    again()
    return null
  })
}

/** Asks for a domain, and looks at once what is published for it. */
export async function addDomain(
  org: string,
  _previous: ConfirmResult,
  form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, record, by } = await place(org)
    const added = await forOrg(tenant, async (tx) => {
      const made = await addSsoDomainIn(tx, tenant, String(form.get('domain') ?? ''), by)
      await record(tx, 'sso_domain.created', { domain: made.domain })
      return made
    })
    await look(org, added.id)
    again()
    return null
  })
}

async function look(org: string, id: string): Promise<void> {
  const { tenant, record } = await place(org)
  await checkSsoDomain(tenant, id, (tx, { domain, verified }) =>
    record(tx, verified ? 'sso_domain.verified' : 'sso_domain.lost', { domain }),
  )
}

export async function checkDomain(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    await look(org, String(id))
    again()
    return null
  })
}

export async function removeDomain(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, record } = await place(org)
    await forOrg(tenant, async (tx) => {
      const { domain } = await removeSsoDomainIn(tx, tenant, String(id))
      await record(tx, 'sso_domain.deleted', { domain })
    })
    again()
    return null
  })
}

/** Requires single sign-on of the members, or takes that back. */
export async function requireSso(org: string, required: boolean): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, caller, record, by } = await place(org)
    await forOrg(tenant, async (tx) => {
      await requireSsoIn(tx, tenant, caller, by, required === true)
      await record(tx, 'sign_in.sso_requirement_changed', { required: required === true }, ['sso_required'])
    })
    again()
    return null
  })
}

/** Joins the account of whoever is signed in to the single sign-on of their own organization. */
export async function joinSso(org: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, caller, member } = await place(org)
    const connection = caller.home.orgId === tenant.orgId ? await ssoConnectionInUse(tenant) : null
    if (!connection) throw new AppError('conflict', { detail: 'Switch a connection of your own on first.' })
    const purpose = { kind: 'join', memberId: caller.memberId } as const
    const returnTo = `${pathOf(tenant)}/sign-in-settings`
    return goToSso(tenant, connection, { purpose, returnTo, hint: member.email })
  })
}

/** SCIM keeps end users, which the deployment itself has none of. */
async function scimPlace(org: string) {
  const at = await place(org)
  if (isDeployment(at.tenant)) throw new AppError('not_found')
  return at
}

/** Makes a SCIM token; its secret is in the answer and nowhere else. */
export async function createScimToken(
  org: string,
  _previous: ScimTokenResult,
  form: FormData,
): Promise<ScimTokenResult> {
  return acting(async () => {
    const { tenant, record, by } = await scimPlace(org)
    const days = Number(form.get('expires_in_days') ?? '')
    const name = String(form.get('name') ?? '').trim()
    const asked = { name, ...(days !== 0 && { expires_in_days: days }) }
    const input = parse(scimTokenInput, asked, 'form')
    const { secret } = await forOrg(tenant, async (tx) => {
      const created = await createScimTokenIn(tx, tenant, input, by)
      await record(tx, 'scim_token.created', { scim_token: created.id, name: created.name })
      return created
    })
    again()
    return { name, secret }
  })
}

/** Ends a SCIM token: its next request is refused. */
export async function revokeScimToken(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, record } = await scimPlace(org)
    await forOrg(tenant, async (tx) => {
      await revokeScimTokenIn(tx, tenant, String(id))
      await record(tx, 'scim_token.revoked', { scim_token: String(id) })
    })
    again()
    return null
  })
}
