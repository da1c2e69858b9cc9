import { Badge } from '#components/ui/badge'
import type { AuditEvent } from '#lib/audit/schema'
import type { ConnectedAccount } from '#lib/consent/schema'

type Tone = 'neutral' | 'success' | 'warning' | 'danger' | 'info'

const statuses: Record<ConnectedAccount['status'], { words: string; tone: Tone }> = {
  active: { words: 'Active', tone: 'success' },
  needs_reauth: { words: 'Needs reconnecting', tone: 'warning' },
  unverified: { words: 'Unverified', tone: 'info' },
  paused: { words: 'Paused', tone: 'warning' },
  revoked: { words: 'Revoked', tone: 'neutral' },
}

const outcomes: Record<AuditEvent['outcome'], { words: string; tone: Tone }> = {
  allowed: { words: 'Allowed', tone: 'success' },
  denied: { words: 'Denied', tone: 'warning' },
  failed: { words: 'Failed', tone: 'danger' },
  unknown: { words: 'Unknown', tone: 'info' },
}

/** The statuses and outcomes in words, for badges and for the filters' choices. */
export const statusChoices = Object.entries(statuses).map(([value, { words }]) => ({ value, words }))
export const outcomeChoices = Object.entries(outcomes).map(([value, { words }]) => ({ value, words }))

export const StatusBadge = ({ status }: { status: ConnectedAccount['status'] }) => (
  <Badge tone={statuses[status].tone}>{statuses[status].words}</Badge>
)

export const OutcomeBadge = ({ outcome }: { outcome: AuditEvent['outcome'] }) => (
  <Badge tone={outcomes[outcome].tone}>{outcomes[outcome].words}</Badge>
)
