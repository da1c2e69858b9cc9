import { timingSafeEqual } from 'node:crypto'
import { deployment, forOrg, lookupObject, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, parseId, sha256 } from '#lib/ids'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import type { CheckAgentSecret, ReadAgentClient } from './contract.ts'
import { type CredentialRow, inForce, keySetOf } from './in-force.ts'
import { usableKeys } from './public-keys.ts'
import { keysForClient } from './published.ts'

/** Where an agent is at home, and its internal id. */
export async function homeOf(clientId: string): Promise<{ home: Tenant; id: string } | null> {
  const id = parseId('agent', clientId)
  const home = id && (await lookupObject('agent', id))
  return home ? { home, id } : null
}

/** The public keys of a credential for `private_key_jwt`; none while those that are published cannot be read. */
export async function keysOf(row: CredentialRow): Promise<Readonly<Record<string, unknown>>[]> {
  if (row.jwks_uri === null) return usableKeys(keySetOf(row).keys)
  try {
    return usableKeys(await keysForClient(row.jwks_uri))
  } catch (error) {
    // Its other credentials still count.
    log.warn({ err: error, agent_id: row.agent_id }, 'keys of an agent cannot be read')
    return []
  }
}

export const agentClient: ReadAgentClient = async (clientId) => {
  const at = await homeOf(clientId)
  if (!at) return null
  const { home, id } = at
  const found = await forOrg(home, (tx) => inForce(tx, home, id))
  if (!found || found.credentials.length === 0) return null
  const { agent, credentials } = found
  const keys = credentials.filter(({ kind }) => kind === 'private_key_jwt')
  return {
    home,
    agentId: id,
    clientId,
    name: agent.name,
    team: agent.team,
    environment: agent.environment,
    redirectUris: agent.redirect_uris,
    jwks: (await Promise.all(keys.map(keysOf))).flat(),
    hasSecret: credentials.some(({ kind }) => kind === 'client_secret'),
    hasFederated: credentials.some(({ kind }) => kind === 'federated'),
    certificateThumbprints: credentials.flatMap((row) => row.certificate_thumbprint ?? []),
  }
}

const noDigest = new Uint8Array(32)

export const checkAgentSecret: CheckAgentSecret = async (clientId, secret) => {
  if (secret.length > 200) return false
  const digest = sha256(secret)
  const at = await homeOf(clientId)
  // Whether there is such an agent is not to be told by a read that is missing either.
  const { home, id } = at ?? { home: deployment, id: newId() }
  return forOrg(home, async (tx) => {
    const found = await inForce(tx, home, id)
    let right: string | null = null
    for (const row of found?.credentials ?? []) {
      const same = timingSafeEqual(row.hash ?? noDigest, digest)
      if (same && row.kind === 'client_secret') right = row.id
    }
    if (right !== null) await noteUsedIn(tx, home, id, right)
    return right !== null
  })
}

/** Notes that an agent was here, and with what; once a minute says enough of it. */
export async function noteUsedIn(
  tx: Tx,
  home: Tenant,
  agentId: string,
  credentialId: string | null,
): Promise<void> {
  if (credentialId !== null)
    await tx.$executeRaw`
      UPDATE agent_credentials SET last_used_at = now()
      WHERE org_id = ${home.orgId}::uuid AND id = ${credentialId}::uuid
        AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`
  await tx.$executeRaw`
    UPDATE agents SET last_seen_at = now() WHERE org_id = ${home.orgId}::uuid AND id = ${agentId}::uuid
      AND (last_seen_at IS NULL OR last_seen_at < now() - interval '1 minute')`
}

/**
 * Notes that an agent was here with an access token: asked for on every call, it writes once a minute, and nobody waits.
 * @param tenant the org that the agent works in, which may be another than its own where it is the deployment's
 */
export function noteAgentSeen(tenant: Tenant, agent: { agentOrgId: string; agentId: string }): void {
  const now = performance.now()
  if (now - (seen.get(agent.agentId) ?? Number.NEGATIVE_INFINITY) < 60_000) return
  if (seen.size >= seenMax) seen.clear()
  seen.set(agent.agentId, now)
  const home = agent.agentOrgId === tenant.orgId ? tenant : deployment
  forOrg(home, (tx) => noteUsedIn(tx, home, agent.agentId, null)).catch((err: unknown) =>
    log.warn({ err, agent_id: agent.agentId }, 'not noted that an agent was seen'),
  )
}

const seenMax = 10_000
const seen = new Map<string, number>()

/**
 * The agent as which an org knows a client that registered itself with the authorization server. Made when a person of
 * that org first lets it in; its name is what it said of itself then.
 * @throws AppError `forbidden` for one that an admin has disabled
 */
export async function upsertClientAgentIn(
  tx: Tx,
  tenant: Tenant,
  { clientId, name }: { clientId: string; name: string },
): Promise<{ orgId: string; agentId: string }> {
  const shown = name.replaceAll(/\p{C}/gu, '').trim().slice(0, 100) || 'Unnamed client'
  await tx.$executeRaw`
    INSERT INTO agents (org_id, id, name, kind, client_id)
    VALUES (${tenant.orgId}::uuid, ${newId()}::uuid, ${shown}, 'client', ${clientId})
    ON CONFLICT (org_id, client_id) WHERE client_id IS NOT NULL DO NOTHING`
  const row = await tx.agents.findFirstOrThrow({ where: { org_id: tenant.orgId, client_id: clientId } })
  if (row.disabled_at)
    throw new AppError('forbidden', { detail: 'This client may not be used in this organization.' })
  return { orgId: row.org_id, agentId: row.id }
}
