import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'

export type Kind = 'rate' | 'concurrency' | 'daily_calls' | 'daily_cost'
export type Dimension = 'user' | 'agent' | 'account' | 'tool' | 'connector'

/** One limit, as calls are held against it. */
export type Rule = {
  id: string
  name: string
  kind: Kind
  most: number
  windowSeconds: number | null
  per: readonly Dimension[]
  /** Whose calls it holds for, as far as it says so. */
  only: Readonly<Partial<Record<Dimension, string>>>
  replacesDefault: boolean
}

/** The limits of an org and what its tools cost. */
export type Plan = { rules: readonly Rule[]; costs: ReadonlyMap<string, number> }

/** What a limit is compared with and counted for; ids are internal. */
export type Limited = {
  userId: string
  /** `null` where no agent calls. */
  agentId: string | null
  accountId: string
  toolName: string
  connector: string
}

const defaultId = (n: number) => `00000000-0000-0000-0000-00000000000${n}`

/** The limits that the configuration sets for every org. Their ids name their meters, and no row. */
export function defaultRules(): readonly Rule[] {
  const { accountCallsPerMinute, orgConcurrency, orgDailyCalls } = config().limits
  const none = { windowSeconds: null, per: [], only: {}, replacesDefault: false }
  return [
    ...(accountCallsPerMinute === null
      ? []
      : [
          {
            ...none,
            id: defaultId(1),
            name: 'calls per minute and account',
            kind: 'rate' as const,
            most: accountCallsPerMinute,
            windowSeconds: 60,
            per: ['account' as const],
          },
        ]),
    ...(orgConcurrency === null
      ? []
      : [
          {
            ...none,
            id: defaultId(2),
            name: 'calls at once',
            kind: 'concurrency' as const,
            most: orgConcurrency,
          },
        ]),
    ...(orgDailyCalls === null
      ? []
      : [
          {
            ...none,
            id: defaultId(3),
            name: 'calls of a day',
            kind: 'daily_calls' as const,
            most: orgDailyCalls,
          },
        ]),
  ]
}

/**
 * The number under which an org's limits are kept in memory, as an SQL expression for the statement that reads the
 * rest of what a call needs.
 */
export const limitsFact = {
  sql: ({ org }: { org: string }): string =>
    `(SELECT o.limits_version FROM organizations o WHERE o.id = ${org})`,
  parse: (value: unknown): string => String(value ?? 0),
}

const plans = new Map<string, { version: string; plan: Plan | null }>()
const plansMax = 10_000
/** Of an org without a limit of its own: one for all of them, made once. */
let byDefault: { plan: Plan | null } | undefined

const planOf = (rules: readonly Rule[], costs: Plan['costs']): Plan | null =>
  rules.length === 0 ? null : { rules, costs }

/**
 * The limits of an org: from memory while `version` is the one that they were read under.
 * @param version as `limitsFact` read it with this call
 * @returns `null` where nothing is limited
 */
export async function limitPlan(tenant: Tenant, version: string): Promise<Plan | null> {
  if (version === '0') {
    byDefault ??= { plan: planOf(defaultRules(), new Map()) }
    return byDefault.plan
  }
  const kept = plans.get(tenant.orgId)
  if (kept?.version === version) return kept.plan
  const read = await readPlan(tenant)
  if (plans.size >= plansMax) plans.clear()
  plans.set(tenant.orgId, read)
  return read.plan
}

/** The limits that hold in an org now, its own and the defaults, as they are kept. */
export async function readPlan(tenant: Tenant): Promise<{ version: string; plan: Plan | null }> {
  return forOrg(tenant, async (tx) => {
    // Read first: a change in between is then read once more, under its own number.
    const org = await tx.organizations.findUnique({
      where: { id: tenant.orgId },
      select: { limits_version: true },
    })
    const rows = await tx.limits.findMany({ where: { org_id: tenant.orgId }, orderBy: { id: 'asc' } })
    const costs = await tx.tool_costs.findMany({ where: { org_id: tenant.orgId } })
    const own = rows.map((row): Rule => {
      const only = { user: row.user_id, agent: row.agent_id, tool: row.tool_name, connector: row.connector }
      return {
        id: row.id,
        name: row.name,
        kind: row.kind as Kind,
        most: Number(row.most),
        windowSeconds: row.window_seconds,
        per: row.per as Dimension[],
        only: Object.fromEntries(Object.entries(only).filter(([, value]) => value !== null)),
        replacesDefault: row.replaces_default,
      }
    })
    const rest = defaultRules().filter(
      ({ kind }) => !own.some((rule) => rule.replacesDefault && rule.kind === kind),
    )
    const plan = planOf(
      [...rest, ...own],
      new Map(costs.map(({ tool_name, units }) => [tool_name, Number(units)])),
    )
    return { version: String(org?.limits_version ?? 0), plan }
  })
}
