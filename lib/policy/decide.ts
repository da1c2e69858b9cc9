import type { Tool } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Allowed, Decision, Granted, Tenant } from '#lib/proof'

/** Whether a rule of an org forbids a tool: by its name, by its connector, or by its effect. */
export const forbids = (
  rule: { tools: readonly string[]; effects: readonly string[] },
  tool: Pick<Tool, 'name' | 'effect'>,
): boolean =>
  rule.effects.includes(tool.effect) ||
  rule.tools.includes(tool.name) ||
  rule.tools.includes(`${tool.name.slice(0, tool.name.indexOf('.'))}.*`)

/**
 * Decides a granted call by the org's rules, read from their rows on every call: a denial is final.
 * @throws AppError `policy_denied` naming the rules that said so; `decision` goes with it for the audit
 */
export async function decide(granted: Granted, tool: Tool): Promise<Allowed> {
  const { tenant } = granted
  const rules = await forOrg(tenant, (tx) =>
    tx.policies.findMany({ where: { org_id: tenant.orgId, deleted_at: null }, orderBy: { id: 'asc' } }),
  )
  const against = rules.filter((rule) => forbids(rule, tool)).map((rule) => publicId('policy', rule.id))
  if (against.length > 0) {
    throw new AppError('policy_denied', {
      detail: 'A policy of the organization forbids this.',
      policy_ids: against,
    })
  }
  const decision: Decision = { engine: 'builtin', decision: 'allow', policyIds: [] }
  return { granted, decision } as Allowed
}

/** The tools of a connector that the org's rules forbid to everybody, for people to be told before they agree. */
export async function forbiddenToolsIn(
  tx: Tx,
  tenant: Tenant,
  tools: readonly Pick<Tool, 'name' | 'effect'>[],
): Promise<ReadonlySet<string>> {
  const rules = await tx.policies.findMany({ where: { org_id: tenant.orgId, deleted_at: null } })
  return new Set(tools.filter((tool) => rules.some((rule) => forbids(rule, tool))).map(({ name }) => name))
}
