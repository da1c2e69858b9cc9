import type { JSONWebKeySet } from 'jose'
import { z } from 'zod'
import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'

export type AgentRow = Awaited<ReturnType<Tx['agents']['findFirstOrThrow']>>
export type CredentialRow = Awaited<ReturnType<Tx['agent_credentials']['findFirstOrThrow']>>

const storedSet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

/** The keys that were registered themselves; none where they are published elsewhere. */
export const keySetOf = (row: Pick<CredentialRow, 'jwks'>): JSONWebKeySet =>
  storedSet.parse(row.jwks ?? { keys: [] })

/** Of an agent's credentials, those that count now. */
export const whereInForce = (home: Tenant, agentId: string) => ({
  org_id: home.orgId,
  agent_id: agentId,
  revoked_at: null,
  OR: [{ expires_at: null }, { expires_at: { gt: new Date() } }],
})

/** An agent that is not disabled, with the credentials that count now. A client that registered itself has none here. */
export async function inForce(
  tx: Tx,
  home: Tenant,
  agentId: string,
): Promise<{ agent: AgentRow; credentials: CredentialRow[] } | null> {
  const agent = await tx.agents.findFirst({
    where: { org_id: home.orgId, id: agentId, disabled_at: null, kind: 'registered' },
  })
  const credentials = await tx.agent_credentials.findMany({ where: whereInForce(home, agentId) })
  return agent && { agent, credentials }
}
