import type { LimitStanding } from '#lib/limits'
import type { Limit } from '#lib/limits/schema'
import { number } from './words.ts'

/** What may be spent, or called, on one day. */
export type Budget = { name: string; kind: 'daily_cost' | 'daily_calls'; most: number }

const isDaily = (kind: string): kind is Budget['kind'] => kind === 'daily_cost' || kind === 'daily_calls'

const least = (budgets: readonly Budget[]): Budget | null => {
  const inOrder = [...budgets].sort(
    (a, b) => Number(b.kind === 'daily_cost') - Number(a.kind === 'daily_cost') || a.most - b.most,
  )
  return inOrder[0] ?? null
}

/**
 * The daily budgets that hold for all calls of an agent, and of the org: those that are for some of its calls alone say
 * nothing about what it spends. Of several the least, and of units before calls.
 * @param own the org's own limits @param standings all that hold, the deployment's defaults among them
 */
export function budgetsOf(
  own: readonly Limit[],
  standings: readonly Pick<LimitStanding, 'limit_id' | 'name' | 'kind' | 'most' | 'per'>[],
): { ofAgent: (agent: string | null) => Budget | null; ofOrg: Budget | null } {
  const whole = own.filter(
    ({ user_id, tool_name, connector }) => user_id === null && tool_name === null && connector === null,
  )
  const asBudget = ({ name, kind, most }: { name: string; kind: string; most: number }): Budget[] =>
    isDaily(kind) ? [{ name, kind, most }] : []
  const defaults = standings.filter(({ limit_id }) => limit_id === null)
  const perAgent = (per: readonly string[]) => per.length === 1 && per[0] === 'agent'
  return {
    ofAgent: (agent) =>
      least([
        ...whole
          .filter(({ agent_id, per }) =>
            agent_id === null ? perAgent(per) : agent_id === agent && (per.length === 0 || perAgent(per)),
          )
          .flatMap(asBudget),
        ...defaults.filter(({ per }) => perAgent(per)).flatMap(asBudget),
      ]),
    ofOrg: least([
      ...whole.filter(({ agent_id, per }) => agent_id === null && per.length === 0).flatMap(asBudget),
      ...defaults.filter(({ per }) => per.length === 0).flatMap(asBudget),
    ]),
  }
}

type Days = {
  costliest: { day: Date; units: number } | null
  busiest: { day: Date; calls: number } | null
}

const dayShape = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' })

/** The day that came nearest to a budget, and how near. */
export function nearest(budget: Budget, { costliest, busiest }: Days): { share: number; words: string } {
  const [day, used] =
    budget.kind === 'daily_cost'
      ? [costliest?.day, costliest?.units ?? 0]
      : [busiest?.day, busiest?.calls ?? 0]
  const on = day ? ` on ${dayShape.format(day)}` : ''
  const of = budget.kind === 'daily_cost' ? 'units' : 'calls'
  return {
    share: used / budget.most,
    words: `${number(used)} of ${number(budget.most)} ${of}${on}${used >= budget.most ? ', reached' : ''}`,
  }
}
