import { lookupTenant, readForOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { anyChanged } from './consent/changed.ts'
import type { SignedIn } from './interaction.ts'

/** A person's consent that is in force, and the agent it was given to. */
export type Standing = {
  tenant: Tenant
  userId: string
  grantId: string
  clientId: string
  resource: string
  scopes: readonly string[]
  expiresAt: Date | null
  agentId: string
  /** `ag_…` */
  agent: string
  team: string | null
  environment: string | null
}

type Row = {
  client_id: string
  resource: string
  scopes: string[]
  expires_at: Date | null
  agent_id: string
  team: string | null
  environment: string | null
}

const inForce = `g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now())
    AND u.deactivated_at IS NULL AND u.deleted_at IS NULL AND a.disabled_at IS NULL AND o.deleted_at IS NULL
    AND (a.org_id = g.org_id OR EXISTS (SELECT FROM agent_admissions ad
      WHERE ad.org_id = g.org_id AND ad.agent_org_id = a.org_id AND ad.agent_id = a.id))`

const byGrant = {
  name: 'oauth_standing',
  text: `s AS (SELECT) SELECT f.* FROM ctx CROSS JOIN LATERAL (
    SELECT g.client_id, g.resource, g.scopes, g.expires_at, g.agent_id, a.team, a.environment
    FROM agent_grants g JOIN end_users u ON u.org_id = g.org_id AND u.id = g.user_id
      JOIN agents a ON a.org_id = g.agent_org_id AND a.id = g.agent_id JOIN organizations o ON o.id = g.org_id
    WHERE g.org_id = ctx.org AND g.id = $2::uuid AND g.user_id = $3::uuid AND ${inForce} LIMIT 1) f`,
}

/** The consent behind a token of a person's. @returns `null` where it, the person, the agent or the org has ended */
export async function standingOf(grantId: string, account: SignedIn): Promise<Standing | null> {
  const tenant = await lookupTenant(account.orgId)
  if (!tenant) return null
  const [row] = await readForOrg<Row>(tenant, byGrant, [grantId, account.userId])
  return row ? { ...standing(tenant, account.userId, row), grantId } : null
}

const standing = (tenant: Tenant, userId: string, row: Row) => ({
  tenant,
  userId,
  clientId: row.client_id,
  resource: row.resource,
  scopes: row.scopes,
  expiresAt: row.expires_at,
  agentId: row.agent_id,
  agent: publicId('agent', row.agent_id),
  team: row.team,
  environment: row.environment,
})

const remembered = {
  name: 'oauth_remembered',
  text: `s AS (SELECT) SELECT f.* FROM ctx CROSS JOIN LATERAL (
    SELECT g.id, g.tools, g.client_id, g.resource, g.scopes, g.expires_at, g.agent_id, a.team, a.environment
    FROM agent_grants g JOIN end_users u ON u.org_id = g.org_id AND u.id = g.user_id
      JOIN agents a ON a.org_id = g.agent_org_id AND a.id = g.agent_id JOIN organizations o ON o.id = g.org_id
    WHERE g.org_id = ctx.org AND g.user_id = $2::uuid AND g.client_id = $3 AND g.resource = $4
      AND g.scopes @> $5::text[] AND g.evidence->'client'->>'redirect_host' = $6 AND ${inForce}
    ORDER BY g.id DESC LIMIT 1) f`,
}

/**
 * A consent of this person to this client that covers what it asks for now, given for the same host; none where a tool of
 * it is another now than it was then.
 */
export async function rememberedConsent(
  account: SignedIn,
  asks: { clientId: string; resource: string; scopes: readonly string[]; redirectHost: string },
): Promise<Standing | null> {
  const tenant = await lookupTenant(account.orgId)
  if (!tenant) return null
  const values = [account.userId, asks.clientId, asks.resource, [...asks.scopes], asks.redirectHost]
  const [row] = await readForOrg<Row & { id: string; tools: unknown }>(tenant, remembered, values)
  return row && !anyChanged(row.tools) ? { ...standing(tenant, account.userId, row), grantId: row.id } : null
}

const active = {
  name: 'oauth_account',
  text: `s AS (SELECT) SELECT f.* FROM ctx CROSS JOIN LATERAL (
    SELECT u.id FROM end_users u JOIN organizations o ON o.id = u.org_id WHERE u.org_id = ctx.org AND u.id = $2::uuid
      AND u.deactivated_at IS NULL AND u.deleted_at IS NULL AND o.deleted_at IS NULL LIMIT 1) f`,
}

/** The org of a person who may act; `null` for one who is gone or stopped, or whose org is. */
export async function activeAccount(account: SignedIn): Promise<Tenant | null> {
  const tenant = await lookupTenant(account.orgId)
  if (!tenant) return null
  return (await readForOrg(tenant, active, [account.userId])).length > 0 ? tenant : null
}
