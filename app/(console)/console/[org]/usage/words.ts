import {
  type CallCounts,
  type ConnectorLatency,
  type ConsentFunnel,
  monthDays,
  type Outlook,
  type RenewalCounts,
  type ScopeAcceptance,
  trendDaysLeast,
} from '#lib/console'
import { type Count, countWords } from '#lib/console/schema'

export const number = (n: number): string => n.toLocaleString('en-GB', { maximumFractionDigits: 0 })

/** A share in words; what is not all is never told as 100 %, and what is something never as 0 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0%'
  if (part === whole) return '100%'
  const exact = (part / whole) * 100
  const told = Math.min(99.9, Math.max(0.1, Math.round(exact * 10) / 10))
  return `${told.toLocaleString('en-GB', { maximumFractionDigits: 1 })}%`
}

export const things = (n: number, one: string, many: string): string => `${number(n)} ${n === 1 ? one : many}`

export const callsOf = (n: number): string => things(n, 'call', 'calls')

/** Milliseconds as people tell them. */
export const duration = (ms: number): string =>
  ms < 1
    ? 'under 1 ms'
    : ms < 999.5
      ? `${Math.round(ms)} ms`
      : `${(ms / 1000).toLocaleString('en-GB', { maximumFractionDigits: ms < 10_000 ? 1 : 0 })} s`

export const madeOf = ({ denied, ...made }: CallCounts): number =>
  Object.values(made).reduce((sum, n) => sum + n, 0)

export const totalOf = (counts: CallCounts): number => madeOf(counts) + counts.denied

export function callsFinding(counts: CallCounts): string {
  const total = totalOf(counts)
  if (total === 0) return 'No calls in this time'
  if (counts.succeeded === total)
    return total === 1 ? 'The one call succeeded' : `All ${callsOf(total)} succeeded`
  return `${percent(counts.succeeded, total)} of ${callsOf(total)} succeeded`
}

export function callsAbout(counts: CallCounts): string {
  const { failed, denied, unknown, running } = counts
  const parts = [
    denied > 0 && `${number(denied)} refused before reaching a provider`,
    failed > 0 && `${number(failed)} failed`,
    unknown > 0 && `${number(unknown)} ended unknown`,
    running > 0 && `${number(running)} under way`,
  ].filter((part) => part !== false)
  return parts.length === 0 ? 'Nothing was refused, and nothing failed.' : `${parts.join(', ')}.`
}

const reasons: Readonly<Record<string, string>> = {
  policy_denied: 'A policy forbids it',
  rate_limited: 'A limit is reached',
  account_paused: 'Stopped or paused',
  insufficient_scope: 'Not consented to',
  reauthorization_required: 'The user must connect again',
  forbidden: 'The caller may not',
  ambiguous_account: 'Several accounts would fit',
  not_found: 'No such account or tool',
  conflict: 'Its approval was not for this, or is over',
}

export const reasonWords = (code: string): string =>
  code === '' ? 'No reason recorded' : (reasons[code] ?? code)

export function denialsFinding(total: number, first: { reason: string; calls: number } | undefined): string {
  if (!first) return 'No call was refused'
  return first.calls === total
    ? `${reasonWords(first.reason)}: the reason of all ${number(total)}`
    : `${reasonWords(first.reason)}: the reason of ${percent(first.calls, total)}`
}

export const credentialsOf = (count: Count): string =>
  `${countWords(count)} ${count.count === 1 ? 'credential renews by itself' : 'credentials renew by themselves'}`

export function renewalsFinding({ renewed, held, failed }: RenewalCounts): string {
  const total = renewed + held + failed
  if (total === 0) return 'No credential was due for renewal'
  if (renewed === total)
    return total === 1 ? 'The one renewal succeeded' : `All ${number(total)} renewals succeeded`
  return `${percent(renewed, total)} of ${things(total, 'renewal', 'renewals')} succeeded`
}

export function latencyFinding(
  connectors: readonly ConnectorLatency[],
  nameOf: (id: string) => string,
): string {
  const [slowest, ...others] = connectors
  if (!slowest) return 'No call has ended in this time'
  const within = duration(slowest.p95Ms)
  return others.length === 0
    ? `95% of ${nameOf(slowest.connector)} calls end within ${within}`
    : `${nameOf(slowest.connector)} is slowest: 95% of its calls end within ${within}`
}

export function funnelFinding({ started, connected }: ConsentFunnel): string {
  if (started === 0) return 'Nobody was asked to connect'
  return `${percent(connected, started)} of ${things(started, 'connect session', 'connect sessions')} ended connected`
}

export function scopesFinding(scopes: readonly ScopeAcceptance[]): string {
  const asked = scopes.reduce((sum, one) => sum + one.asked, 0)
  const granted = scopes.reduce((sum, one) => sum + one.granted, 0)
  if (asked === 0) return 'No scope was asked for'
  return granted === asked
    ? 'Every scope that was asked for was granted'
    : `${percent(granted, asked)} of the scopes asked for were granted`
}

export function costFinding(units: number, first: { name: string; units: number } | undefined): string {
  if (!first || units === 0) return 'Nothing was spent'
  const spent = things(units, 'unit', 'units')
  return first.units === units
    ? `${first.name} spent all ${spent}`
    : `${first.name} spent ${percent(first.units, units)} of ${spent}`
}

const decimal = (n: number): string =>
  n.toLocaleString('en-GB', { maximumFractionDigits: Math.abs(n) < 10 ? 2 : 1 })

/** What the expectation rests on, in words and as the formula itself. */
export function restsOn({ days, line, trend }: Outlook): string {
  if (days === 0) return 'No whole day has been counted yet: tomorrow there is one.'
  if (!trend)
    return `Only ${things(days, 'day', 'days')} of data: too few for a trend, which takes ${trendDaysLeast}. Each day is expected to be as the ${days === 1 ? 'one so far' : 'average so far'}, ${decimal(line.level)} calls.`
  const sign = line.slope < 0 ? '−' : '+'
  const short = days < monthDays ? ` Only ${days} days of data: the more days, the surer it is.` : ''
  return `Calls on day n = ${decimal(line.level)} ${sign} ${decimal(Math.abs(line.slope))} × n, the straight line with the least squares through ${days} whole days (n = 0 to ${days - 1}), and the next ${monthDays} days are the sum of days ${days} to ${days + monthDays - 1}, none below 0.${short}`
}
