import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Dimension, type Kind, type Rule, readPlan } from './plan.ts'
import { namesOf, subjectOf } from './usage.ts'

/** A limit that holds, and how far it is used where it is used most. */
export type LimitStanding = {
  /** `null` for a default of the deployment. */
  limit_id: string | null
  name: string
  kind: Kind
  most: number
  window_seconds: number | null
  per: readonly Dimension[]
  used: number
  /** For whom it is counted there, where it is counted apart. */
  subject: Readonly<Record<string, string>>
}

type Meter = { limit_id: string; subject: string; mark: number; used: number }
type Running = Record<Dimension, string> & { calls: number }

/** Groups of running calls that are looked at; an org has seldom more than a few. */
const runningMost = 10_000

/** The fullest meter of a rule; `now` in seconds since 1970. */
function fullest(
  rule: Rule,
  meters: readonly Meter[],
  running: readonly Running[],
  now: number,
): { used: number; subject: string } {
  const counts = new Map<string, number>()
  if (rule.kind === 'concurrency') {
    const of = Object.entries(rule.only) as [Dimension, string][]
    for (const call of running.filter((one) => of.every(([name, value]) => one[name] === value))) {
      const subject = rule.per.map((name) => `${name}=${call[name]}`).join(' ')
      counts.set(subject, (counts.get(subject) ?? 0) + call.calls)
    }
  } else {
    for (const { subject, mark, used } of meters.filter(({ limit_id }) => limit_id === rule.id)) {
      // A rate is kept as the moment at which all of it has come back (see `admitIn`).
      const taken =
        rule.kind === 'rate'
          ? Math.ceil((Math.max(0, mark - now) * rule.most) / (rule.windowSeconds ?? 1) - 1e-6)
          : mark === Math.floor(now / 86_400)
            ? used
            : 0
      counts.set(subject, taken)
    }
  }
  let found = { used: 0, subject: '' }
  for (const [subject, used] of counts) if (used > found.used) found = { used, subject }
  return found
}

/** Every limit that holds in an org, its own before the defaults, with its present use. */
export async function standingsOf(tenant: Tenant): Promise<LimitStanding[]> {
  const { plan } = await readPlan(tenant)
  if (plan === null) return []
  return forOrg(tenant, async (tx) => {
    const [clock] = await tx.$queryRaw<{ now: number }[]>`
      SELECT extract(epoch FROM clock_timestamp())::float8 AS now`
    const meters = await tx.$queryRaw<Meter[]>`
      SELECT limit_id, subject, mark, used::float8 AS used FROM limit_meters
      WHERE org_id = ${tenant.orgId}::uuid AND (mark > extract(epoch FROM now()) OR mark < 1000000 AND used > 0)`
    const running = plan.rules.some(({ kind }) => kind === 'concurrency')
      ? await tx.$queryRaw<Running[]>`
          SELECT user_id::text AS user, coalesce(agent_id::text, '') AS agent, account_id::text AS account,
            tool_name AS tool, split_part(tool_name, '.', 1) AS connector, count(*)::int AS calls
          FROM executions WHERE org_id = ${tenant.orgId}::uuid AND status = 'running'
          GROUP BY 1, 2, 3, 4 LIMIT ${runningMost}`
      : []
    const found = plan.rules.map((rule) => ({
      rule,
      ...fullest(rule, meters, running, clock?.now ?? 0),
    }))
    const users = await namesOf(tx, tenant, found)
    const standings = found.map(({ rule, used, subject }) => ({
      limit_id: rule.id.startsWith('00000000-') ? null : publicId('limit', rule.id),
      name: rule.name,
      kind: rule.kind,
      most: rule.most,
      window_seconds: rule.windowSeconds,
      per: rule.per,
      used,
      subject: subjectOf(subject, users),
    }))
    return [
      ...standings.filter(({ limit_id }) => limit_id !== null),
      ...standings.filter(({ limit_id }) => limit_id === null),
    ]
  })
}
