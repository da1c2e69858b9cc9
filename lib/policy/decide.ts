import { config } from '#lib/config'
import type { Tool } from '#lib/connector-kit'
import type { Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Allowed, Asked, CallFacts, Cleared, Decision, Tenant } from '#lib/proof'
import { allowed, type Judgement, type Version } from './engine.ts'
import { judgeBy } from './engines.ts'
import type { LoadedPolicies, Rule } from './loaded.ts'
import { publishedVersion } from './versions/source.ts'

/** Whether a rule of an org forbids a tool: by its name, by its connector, or by its effect. */
export const forbids = (
  rule: Pick<Rule, 'tools' | 'effects'>,
  tool: Pick<Tool, 'name' | 'effect'>,
): boolean =>
  rule.effects.includes(tool.effect) ||
  rule.tools.includes(tool.name) ||
  rule.tools.includes(`${tool.name.slice(0, tool.name.indexOf('.'))}.*`)

/** A call that policy refused; what decided goes into the audit, and the names of the policies to the caller. */
export class PolicyDenied extends AppError {
  readonly decision: Decision
  /** What was judged. */
  readonly judged: CallFacts
  constructor(decision: Decision, judged: CallFacts, detail: string) {
    super('policy_denied', { detail, policy_ids: decision.policyIds })
    this.decision = decision
    this.judged = judged
  }
}

const byDefault = allowed('builtin', [])

/**
 * Decides a granted call by the org's policies: a denial is final, `Asked` waits for people.
 * @param facts what the policies judge
 * @param loaded the org's policies as they were read for this very call
 * @throws PolicyDenied naming the policies that said so; AppError `unavailable` when the engine cannot be asked:
 *   nothing is allowed then
 */
export async function decide(
  { granted }: Cleared,
  facts: CallFacts,
  loaded: LoadedPolicies,
): Promise<Allowed | Asked> {
  const { decision, reason } = await judge(granted.tenant, facts, loaded)
  if (decision.decision === 'deny') {
    const detail = 'A policy of the organization forbids this.'
    throw new PolicyDenied(decision, facts, reason === null ? detail : `${detail} ${reason}`)
  }
  return decision.decision === 'ask'
    ? ({ granted, decision, reason } as Asked)
    : ({ granted, decision } as Allowed)
}

/** Whether a judged call waits for people: only what policy has allowed says so. */
export const isAsked = (judged: Allowed | Asked): judged is Asked => judged.decision.decision !== 'allow'

/** What the rules say comes first and costs nothing; then the version that the org has in force. */
async function judge(tenant: Tenant, facts: CallFacts, loaded: LoadedPolicies): Promise<Judgement> {
  const against = judgeByRules(facts, loaded.rules)
  if (against) return against
  const version = loaded.published
    ? await publishedVersion(tenant, loaded.published.versionId)
    : deploymentVersion()
  return version ? judgeBy(version, facts) : byDefault
}

/** @returns `null` where no rule of the simple kind is against it */
export function judgeByRules(
  facts: Pick<CallFacts, 'tool' | 'effect'>,
  rules: readonly Rule[],
): Judgement | null {
  if (rules.length === 0) return null
  const tool = { name: facts.tool, effect: facts.effect as Tool['effect'] }
  const against = rules.filter((rule) => forbids(rule, tool)).map(({ id }) => publicId('policy', id))
  if (against.length === 0) return null
  const decision: Decision = { engine: 'builtin', decision: 'deny', policyIds: against }
  return { decision, reason: null, problem: null }
}

/** Of an org that has published nothing: what OPA says, where the operator would have it asked about everybody. */
export function deploymentVersion(): Version | null {
  const source = config().opa?.everybody
  return source ? { id: 'deployment', number: 0, engine: 'opa', source } : null
}

export const rulesIn = (tx: Tx, tenant: Tenant): Promise<Rule[]> =>
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
