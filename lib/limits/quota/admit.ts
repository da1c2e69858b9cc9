import type { Sql } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Dimension, Limited, Plan, Rule } from './plan.ts'

type Meter = { rule: Rule; subject: string; only: Readonly<Partial<Record<Dimension, string>>> }

/** The meters that a call is counted on, and what it costs. */
export type Admission = { meters: readonly Meter[]; units: number }

/** Which limits hold for a call; `null` where none does, and then nothing is asked of the database. */
export function admission(plan: Plan | null, call: Limited): Admission | null {
  if (plan === null) return null
  const of: Record<Dimension, string> = {
    user: call.userId,
    agent: call.agentId ?? '',
    account: call.accountId,
    tool: call.toolName,
    connector: call.connector,
  }
  const meters = plan.rules
    .filter(({ only }) => Object.entries(only).every(([name, value]) => of[name as Dimension] === value))
    .map((rule) => ({
      rule,
      subject: rule.per.map((name) => `${name}=${of[name]}`).join(' '),
      only: { ...rule.only, ...Object.fromEntries(rule.per.map((name) => [name, of[name]])) },
    }))
  return meters.length === 0 ? null : { meters, units: plan.costs.get(call.toolName) ?? 1 }
}

const admitCalls = {
  name: 'admit-calls',
  text: `SELECT call, meter, wait_seconds FROM admit_calls($1::uuid[], $2::text[], $3::text[], $4::bigint[],
    $5::float8[], $6::jsonb, $7::int[], $8::int[], $9::bigint[])`,
}

/**
 * Counts a batch of calls of one org in one statement, in the transaction of their intents: what is refused is not
 * counted, and what is rolled back was not either. A rate is a token bucket: `most` at once, then as they come back.
 * @param sql of a transaction of the org, before the calls' own rows are written
 * @returns for each call `null`, or why it is refused: `rate_limited`
 * @see ITU-T I.371 (generic cell rate algorithm)
 */
export async function admitIn(
  sql: Sql,
  calls: readonly (Admission | null)[],
): Promise<readonly (AppError | null)[]> {
  const meters = [
    ...new Map(calls.flatMap((call) => (call?.meters ?? []).map((meter) => [keyOf(meter), meter] as const))),
  ]
  if (meters.length === 0) return calls.map(() => null)
  // In one order everywhere, so that no two batches wait for each other.
  meters.sort(([one], [other]) => (one < other ? -1 : 1))
  const places = new Map(meters.map(([key], at) => [key, at + 1]))
  const asks = calls.flatMap((call, at) =>
    (call?.meters ?? []).map((meter) => ({
      call: at,
      meter: places.get(keyOf(meter)) ?? 0,
      units: meter.rule.kind === 'daily_cost' ? (call?.units ?? 1) : 1,
    })),
  )
  const all = meters.map(([, meter]) => meter)
  const refused = await sql<{ call: number; meter: number; wait_seconds: number }>(admitCalls, [
    all.map(({ rule }) => rule.id),
    all.map(({ subject }) => subject),
    all.map(({ rule }) => rule.kind),
    all.map(({ rule }) => rule.most),
    all.map(({ rule }) => rule.windowSeconds ?? 0),
    JSON.stringify(all.map(({ rule, only }) => (rule.kind === 'concurrency' ? only : null))),
    asks.map(({ call }) => call),
    asks.map(({ meter }) => meter),
    asks.map(({ units }) => units),
  ])
  const verdicts: (AppError | null)[] = calls.map(() => null)
  for (const { call, meter, wait_seconds } of refused) {
    const rule = all[meter - 1]?.rule
    if (rule) verdicts[call] = limited(rule, wait_seconds)
  }
  return verdicts
}

const giveBack = {
  name: 'limits-give-back',
  text: `UPDATE limit_meters m SET
      mark = CASE WHEN r.kind = 'rate' THEN m.mark - r.seconds * r.units ELSE m.mark END,
      used = CASE WHEN r.kind = 'rate' THEN m.used ELSE greatest(m.used - r.units, 0) END
    FROM json_to_recordset($1::json) AS r (id uuid, subject text, kind text, seconds float8, units bigint)
    WHERE m.org_id = app_org() AND m.limit_id = r.id AND m.subject = r.subject`,
}

/**
 * Takes back what admitted calls were counted for that are not made after all, in the same transaction: the meters are
 * held by it. A slot needs none of this, since it is counted from what runs.
 */
export async function returnIn(sql: Sql, calls: readonly (Admission | null)[]): Promise<void> {
  const counted = new Map<string, { meter: Meter; units: number }>()
  for (const call of calls)
    for (const meter of call?.meters ?? []) {
      const { kind } = meter.rule
      if (kind === 'concurrency') continue
      const entry = counted.get(keyOf(meter)) ?? { meter, units: 0 }
      entry.units += kind === 'daily_cost' ? (call?.units ?? 1) : 1
      counted.set(keyOf(meter), entry)
    }
  if (counted.size === 0) return
  const rows = [...counted.values()].map(({ meter: { rule, subject }, units }) => ({
    id: rule.id,
    subject,
    kind: rule.kind,
    seconds: (rule.windowSeconds ?? 0) / rule.most,
    units,
  }))
  await sql(giveBack, [JSON.stringify(rows)])
}

const keyOf = ({ rule, subject }: Meter) => `${rule.id} ${subject}`

const reached: Record<Rule['kind'], (rule: Rule) => string> = {
  rate: ({ most, windowSeconds }) => `${most} calls in ${windowSeconds} seconds`,
  concurrency: ({ most }) => `${most} calls at once`,
  daily_calls: ({ most }) => `${most} calls a day`,
  daily_cost: ({ most }) => `${most} cost units a day`,
}

const limited = (rule: Rule, waitSeconds: number): AppError =>
  new AppError('rate_limited', {
    detail: `The limit “${rule.name}” is reached: ${reached[rule.kind](rule)}.`,
    limit: rule.name,
    retry_after_seconds: Math.max(1, Math.ceil(waitSeconds)),
  })
