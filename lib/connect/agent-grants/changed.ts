import { appendAudit } from '#lib/audit'
import { hashOf, type Tool } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { emit } from '#lib/events'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'

type Row = { agent_id: string; user_id: string; changed_tools: Record<string, string> }

// An agent in a loop meets the same change with every call: what this process has told is not looked up again.
const told = new Set<string>()
const toldMost = 10_000

const wordOf = (grantId: string, tool: Tool): string => `${grantId} ${tool.name} ${hashOf(tool)}`

/**
 * Tells admins that tools are others now than they were when a person let a client use them, once for each change of each:
 * in the audit and as an event. What cannot be told now is told when it is met again.
 * @param grantId internal id of the consent
 */
export async function noteChangedTools(
  tenant: Tenant,
  grantId: string,
  tools: readonly Tool[],
): Promise<void> {
  const untold = tools.filter((tool) => !told.has(wordOf(grantId, tool)))
  if (untold.length === 0) return
  try {
    await forOrg(tenant, (tx) => noteIn(tx, tenant, grantId, untold))
  } catch (err) {
    log.error({ err, org_id: tenant.externalId }, 'changed tools not noted')
    return
  }
  if (told.size > toldMost) told.clear()
  for (const tool of untold) told.add(wordOf(grantId, tool))
}

async function noteIn(tx: Tx, tenant: Tenant, grantId: string, tools: readonly Tool[]): Promise<void> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT g.agent_id, u.external_id AS user_id, g.changed_tools
    FROM agent_grants g JOIN end_users u ON u.org_id = g.org_id AND u.id = g.user_id
    WHERE g.org_id = ${tenant.orgId}::uuid AND g.id = ${grantId}::uuid AND g.revoked_at IS NULL FOR UPDATE OF g`
  const fresh = row ? tools.filter((tool) => row.changed_tools[tool.name] !== hashOf(tool)) : []
  if (!row || fresh.length === 0) return
  const changes = Object.fromEntries(fresh.map((tool) => [tool.name, hashOf(tool)]))
  await tx.agent_grants.update({
    where: { org_id_id: { org_id: tenant.orgId, id: grantId } },
    data: { changed_tools: { ...row.changed_tools, ...changes } },
  })
  const facts = {
    agent_grant_id: publicId('agent_grant', grantId),
    agent_id: publicId('agent', row.agent_id),
    user_id: row.user_id,
  }
  const names = fresh.map(({ name }) => name).sort()
  const { agent_grant_id, ...who } = facts
  await appendAudit(tx, tenant, {
    action: 'agent_grant.tools_changed',
    outcome: 'denied',
    actor: { type: 'system', id: 'agent-grants' },
    ...who,
    details: { agent_grant_id, tools: names.join(', ') },
  })
  await emit(tx, tenant, 'agent_grant.tools_changed', { ...facts, tools: names })
}
