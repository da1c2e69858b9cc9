import { lookupOrg, readForOrg } from '#lib/db'
import { deploymentOrgId, parseId, sha256 } from '#lib/ids'
import { anchored } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type AccessClaims, actorsOf } from './claims.ts'

// Whoever is disabled, deleted or withdrawn is refused although the token is good: how long what is known of them may be
// old. Calls of tools read it again in any case.
const heldMsMax = 500
const heldMost = 10_000

type AgentRef = Readonly<{ agentOrgId: string; agentId: string }>

/** Whoever a token names, in internal ids, all of them in force. */
export type Standing = Readonly<{
  tenant: Tenant
  agent: AgentRef
  /** The agents that passed the authority on, the nearest first. */
  via: readonly AgentRef[]
  userId: string | null
  grantId: string | null
}>

/** `null` where any of them is not there, or not in force. */
type Answer = Standing | null

const cache = anchored(
  'identity.token-standing',
  () => new Map<string, { answer: Promise<Answer>; until: number }>(),
)

const statement = {
  name: 'token_standing',
  text: `org AS MATERIALIZED (SELECT org AS id FROM ctx)
    SELECT (SELECT json_agg(json_build_object('agentId', x.id, 'agentOrgId', x.org_id)) FROM agents x
        WHERE x.id = ANY($2::uuid[]) AND x.org_id IN (org.id, '${deploymentOrgId}') AND x.disabled_at IS NULL
          AND (x.org_id = org.id OR EXISTS (SELECT FROM agent_admissions d WHERE d.org_id = org.id
            AND d.agent_org_id = x.org_id AND d.agent_id = x.id))) AS agents,
      $3::uuid IS NULL OR EXISTS (SELECT FROM end_users y WHERE y.org_id = org.id AND y.id = $3::uuid
        AND y.deleted_at IS NULL AND y.deactivated_at IS NULL) AS user_there,
      $4::uuid IS NULL OR EXISTS (SELECT FROM agent_grants g WHERE g.org_id = org.id AND g.id = $4::uuid
        AND g.user_id = $3::uuid AND g.agent_id = ANY($2::uuid[]) AND g.revoked_at IS NULL
        AND (g.expires_at IS NULL OR g.expires_at > now())) AS grant_there,
      access_token_revoked($5::bytea) AS taken_back
    FROM org`,
}
type Row = { agents: AgentRef[] | null; user_there: boolean; grant_there: boolean; taken_back: boolean }

/** In internal ids; the agent that calls first. */
type Named = {
  agents: readonly string[]
  userId: string | null
  grantId: string | null
  /** Of a token: SHA-256 of its `jti`, by which it is known where it was taken back. */
  token?: Uint8Array
}

/**
 * Looks up whoever is named in an organization, now.
 * @returns `null` where one of them is not in force
 * @throws AppError `unavailable`
 */
export async function standingIn(tenant: Tenant, { agents, userId, grantId, token }: Named): Promise<Answer> {
  const digest = token === undefined ? null : Buffer.from(token)
  const [row] = await readForOrg<Row>(tenant, statement, [[...agents], userId, grantId, digest])
  if (!row?.user_there || !row.grant_there || row.taken_back) return null
  const found = agents.map((id) => row.agents?.find(({ agentId }) => agentId === id))
  const [agent, ...via] = found.filter((one) => one !== undefined)
  return agent && via.length === agents.length - 1 ? { tenant, agent, via, userId, grantId } : null
}

/** As `standingOf`, looked up for this alone. */
export async function standingNow(claims: AccessClaims): Promise<Answer> {
  const tenant = await lookupOrg(claims.org)
  if (!tenant || tenant.orgId === deploymentOrgId) return null
  return standingIn(tenant, {
    agents: actorsOf(claims).map((name) => parseId('agent', name) ?? ''),
    userId: parseId('end_user', claims.sub),
    grantId: claims.grant_id === undefined ? null : parseId('agent_grant', claims.grant_id),
    token: sha256(claims.jti),
  })
}

/**
 * Looks up whoever a token names: its organization, every agent in it, the user and their consent.
 * @returns `null` where one of them is not in force; no answer is older than half a second
 * @throws AppError `unavailable`
 */
export function standingOf(claims: AccessClaims): Promise<Answer> {
  const name = [claims.org, claims.sub, claims.grant_id ?? '', claims.jti, ...actorsOf(claims)].join(' ')
  const now = performance.now()
  const known = cache.get(name)
  if (known && known.until > now) return known.answer
  cache.delete(name)
  const answer = standingNow(claims)
  const entry = { answer, until: now + heldMsMax }
  // A map keeps the order of insertion: what is oldest goes first.
  for (const oldest of cache.keys()) {
    if (cache.size < heldMost) break
    cache.delete(oldest)
  }
  cache.set(name, entry)
  answer.catch(() => {
    if (cache.get(name) === entry) cache.delete(name)
  })
  return answer
}
