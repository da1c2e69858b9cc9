import { Bars } from '#components/console/chart/bars'
import { Brush } from '#components/console/chart/brush'
import { Ranked } from '#components/console/chart/ranked'
import type { Series } from '#components/console/chart/series'
import {
  type CallUsage,
  type ConnectorLatency,
  type ConsentFunnel,
  consentsLookedAt,
  type RenewalUsage,
  type ScopeAcceptance,
  stepsOf,
  type UsageRange,
} from '#lib/console'
import { countWords } from '#lib/console/schema'
import { Csv } from './controls.tsx'
import { refusalsOf } from './tables.ts'
import * as words from './words.ts'

const { number, percent } = words

/** Where the pictures lead, and what things are called. */
export type Pictured = {
  range: UsageRange
  base: string
  /** The file of a table. */
  file: (table: string) => string
  /** A narrower look at the same: `__SINCE__` and `__UNTIL__` stand for the moments. */
  zoom: string
  agentName: (id: string | null) => string
  connectorName: (id: string) => string
}

const callSeries: readonly Series[] = [
  { key: 'succeeded', words: 'Succeeded', colour: 'primary' },
  { key: 'failed', words: 'Failed', colour: 'danger', texture: 'lines' },
  { key: 'unknown', words: 'Unknown', colour: 'info', texture: 'dots' },
  { key: 'running', words: 'Under way', colour: 'neutral' },
  { key: 'denied', words: 'Refused', colour: 'warning', texture: 'dots' },
]

/** How the steps of a range are called: a day, or an hour of one. */
function labelsOf(range: UsageRange): string[] {
  const shape = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(range.stepMs < 86_400_000 && { hour: '2-digit', minute: '2-digit' }),
  })
  return stepsOf(range).map((at) => shape.format(at))
}

export function Calls({ usage, at }: { usage: CallUsage; at: Pictured }) {
  const labels = labelsOf(at.range)
  const edges = [...stepsOf(at.range), at.range.until].map((edge) => edge.toISOString())
  return (
    <Bars
      kicker="Calls by outcome"
      title={words.callsFinding(usage.total)}
      description={words.callsAbout(usage.total)}
      labels="From (UTC)"
      series={callSeries}
      points={labels.map((label, step) => ({
        label,
        counts: usage.steps[step] ?? {},
        href: at.zoom
          .replace('__SINCE__', encodeURIComponent(edges[step] ?? ''))
          .replace('__UNTIL__', encodeURIComponent(edges[step + 1] ?? '')),
      }))}
      overlay={<Brush labels={labels} edges={edges} href={at.zoom} />}
      beside={<Csv href={at.file('calls')} what="calls by outcome" />}
    />
  )
}

export function Refusals({ usage, at }: { usage: CallUsage; at: Pictured }) {
  const found = refusalsOf(usage)
  const total = usage.total.denied
  return (
    <Ranked
      kicker="Refusals by reason"
      title={words.denialsFinding(total, found[0])}
      description={
        total === 0
          ? 'Every call that was asked for was let through.'
          : `${percent(total, words.totalOf(usage.total))} of all calls, ${number(total)}, were refused before they reached a provider.`
      }
      columns={['Reason', 'Calls', 'Share']}
      rows={found.map(({ reason, calls }) => ({
        key: reason,
        label: words.reasonWords(reason),
        href: `${at.base}/activity?status=refused`,
        share: calls / total,
        look: { colour: 'warning', texture: 'dots' },
        cells: [number(calls), percent(calls, total)],
      }))}
      beside={<Csv href={at.file('refusals')} what="refusals by reason" />}
    >
      Refusals are listed here by what refused them: a policy, a limit, a stop, a missing consent.
    </Ranked>
  )
}

const renewalSeries: readonly Series[] = [
  { key: 'renewed', words: 'Renewed', colour: 'primary' },
  { key: 'held', words: 'Held, tried again', colour: 'warning', texture: 'dots' },
  { key: 'failed', words: 'Failed', colour: 'danger', texture: 'lines' },
]

export function Renewals({ usage, at }: { usage: RenewalUsage; at: Pictured }) {
  const { well, held, dead } = usage.now
  return (
    <Bars
      kicker="Refresh health"
      title={words.renewalsFinding(usage.total)}
      description={
        well.count + held.count + dead.count === 0
          ? 'No credential here is renewed by itself.'
          : `Now ${words.credentialsOf(well)}, ${countWords(held)} held back and ${countWords(dead)} waiting for ${dead.count === 1 ? 'its user' : 'their users'} to connect again.`
      }
      labels="From (UTC)"
      series={renewalSeries}
      points={labelsOf(at.range).map((label, step) => ({ label, counts: usage.steps[step] ?? {} }))}
      beside={<Csv href={at.file('renewals')} what="renewals" />}
    />
  )
}

export const Latency = ({ found, at }: { found: readonly ConnectorLatency[]; at: Pictured }) => (
  <Ranked
    kicker="Latency by connector"
    title={words.latencyFinding(found, at.connectorName)}
    description="From when a call was let through until its provider had answered; exact to 9%."
    columns={['Connector', 'Calls', 'Median', '95%']}
    rows={found.map(({ connector, calls, p50Ms, p95Ms }) => ({
      key: connector,
      label: at.connectorName(connector),
      share: p95Ms / (found[0]?.p95Ms ?? 1),
      look: { colour: 'primary' },
      cells: [number(calls), words.duration(p50Ms), words.duration(p95Ms)],
    }))}
    beside={<Csv href={at.file('latency')} what="latency by connector" />}
  >
    How long calls take is told here once some have ended.
  </Ranked>
)

export function Consents({ funnel, at }: { funnel: ConsentFunnel; at: Pictured }) {
  const { started, opened, agreed, connected, declined, failed, cancelled, expired, going } = funnel
  const ended = [
    declined > 0 && `${number(declined)} declined`,
    failed > 0 && `${number(failed)} failed`,
    expired > 0 && `${number(expired)} expired`,
    cancelled > 0 && `${number(cancelled)} cancelled`,
    going > 0 && `${number(going)} still open`,
  ].filter((part) => part !== false)
  const steps = [
    { key: 'started', label: 'Session started', n: started },
    { key: 'opened', label: 'Link opened', n: opened },
    { key: 'agreed', label: 'Agreed, and went to the provider', n: agreed },
    { key: 'connected', label: 'Connected', n: connected },
  ]
  return (
    <Ranked
      kicker="Consent funnel"
      title={words.funnelFinding(funnel)}
      description={
        ended.length === 0
          ? 'Counted by the session, in the time in which it was started.'
          : `Of those that did not: ${ended.join(', ')}.`
      }
      columns={['Step', 'Sessions', 'Share']}
      rows={
        started === 0
          ? []
          : steps.map(({ key, label, n }) => ({
              key,
              label,
              share: n / started,
              look: { colour: key === 'connected' ? 'success' : 'primary' },
              cells: [number(n), percent(n, started)],
            }))
      }
      beside={<Csv href={at.file('consents')} what="the consent funnel" />}
    >
      Start a connect session from your product, or with POST /api/v1/connect_sessions.
    </Ranked>
  )
}

const scopesMost = 12

export function Scopes({ scopes, at }: { scopes: readonly ScopeAcceptance[]; at: Pictured }) {
  const shown = [...scopes]
    .sort((a, b) => a.granted / a.asked - b.granted / b.asked || b.asked - a.asked)
    .slice(0, scopesMost)
  const hidden = scopes.length - shown.length
  return (
    <Ranked
      kicker="Scope acceptance"
      title={words.scopesFinding(scopes)}
      description={
        hidden > 0
          ? `The ${scopesMost} that were granted least, by the last ${number(consentsLookedAt)} consents; ${words.things(hidden, 'other is', 'others are')} in the file.`
          : `By the last ${number(consentsLookedAt)} consents in which each was asked for, the least granted first.`
      }
      columns={['Scope', 'Asked', 'Granted', 'Share']}
      rows={shown.map(({ connector, scope, asked, granted, refused }) => ({
        key: `${connector} ${scope}`,
        label: (
          <>
            {scope} <span className="text-xs text-muted-fg">{at.connectorName(connector)}</span>
          </>
        ),
        note: refused > 0 && words.things(refused, 'person left it out', 'people left it out'),
        share: granted / asked,
        look: granted === asked ? { colour: 'success' } : { colour: 'warning', texture: 'dots' },
        cells: [number(asked), number(granted), percent(granted, asked)],
      }))}
      beside={<Csv href={at.file('scopes')} what="scope acceptance" />}
    >
      What people grant of what they are asked for is told here once somebody connected.
    </Ranked>
  )
}
