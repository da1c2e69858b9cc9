import type { Tool } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Allowed, Asked, CallFacts, Decision, Granted, Tenant } from '#lib/proof'
import type { LoadedPolicies, Rule } from './loaded.ts'

/** Whether a rule of an org forbids a tool: by its name, by its connector, or by its effect. */
export const forbids = (
  rule: Pick<Rule, 'tools' | 'effects'>,
  tool: Pick<Tool, 'name' | 'effect'>,
): boolean =>
  rule.effects.includes(tool.effect) ||
  rule.tools.includes(tool.name) ||
  rule.tools.includes(`${tool.name.slice(0, tool.name.indexOf('.'))}.*`)

const byDefault: Decision = { engine: 'builtin', decision: 'allow', policyIds: [] }

/**
 * Decides a granted call by the org's policies: a denial is final, `Asked` waits for people.
 * @param facts what the policies judge
 * @param loaded the org's policies as they were read for this very call
 * @throws AppError `policy_denied` naming the rules that said so
 */
export async function decide(
  granted: Granted,
  facts: Pick<CallFacts, 'tool' | 'effect'>,
  loaded: LoadedPolicies,
): Promise<Allowed | Asked> {
  const decision = judge(facts, loaded)
  if (decision.decision === 'deny') {
    throw new AppError('policy_denied', {
      detail: 'A policy of the organization forbids this.',
      policy_ids: decision.policyIds,
    })
  }
  return decision.decision === 'ask' ? ({ granted, decision } as Asked) : ({ granted, decision } as Allowed)
}

/** Whether a judged call waits for people. */
export const isAsked = (judged: Allowed | Asked): judged is Asked => judged.decision.decision === 'ask'

function judge(facts: Pick<CallFacts, 'tool' | 'effect'>, loaded: LoadedPolicies): Decision {
  const tool = { name: facts.tool, effect: facts.effect as Tool['effect'] }
  const against = loaded.rules.filter((rule) => forbids(rule, tool))
  if (against.length === 0) return byDefault
  return {
    engine: 'builtin',
    decision: 'deny',
    policyIds: against.map(({ id }) => publicId('policy', id)),
  }
}

/** The policies of an org, where the call has not read them along with its other facts. */
export const loadPolicies = (tenant: Tenant): Promise<LoadedPolicies> =>
  forOrg(tenant, async (tx) => ({ rules: await rulesIn(tx, tenant), published: null }))

const rulesIn = (tx: Tx, tenant: Tenant): Promise<Rule[]> =>
  tx.policies.findMany({
    where: { org_id: tenant.orgId, deleted_at: null },
    orderBy: { id: 'asc' },
    select: { id: true, tools: true, effects: true },
  })

/** The tools of a connector that the org's rules forbid to everybody, for people to be told before they agree. */
export async function forbiddenToolsIn(
  tx: Tx,
  tenant: Tenant,
  tools: readonly Pick<Tool, 'name' | 'effect'>[],
): Promise<ReadonlySet<string>> {
  const rules = await rulesIn(tx, tenant)
  return new Set(tools.filter((tool) => rules.some((rule) => forbids(rule, tool))).map(({ name }) => name))
}
