import type { Open, Progress } from '#lib/connect'
import type { SessionStatus } from '#lib/consent/schema'
import type { Translator } from '#lib/i18n'
import { connect } from '#runtime'
import { type EmbedError, embedCodeOf, embedError } from '../../embed-error.ts'

type Account = { id: string; label: string }

/** How a session ended, in the words of the embed contract. */
export type HostOutcome =
  | { status: 'connected'; account: Account | null }
  | { status: 'pending_approval'; requestId: string }
  | { status: 'declined' }
  | { status: 'error'; error: EmbedError }

/** What happened last, in the same words; `null` before anything did. */
export type HostEvent =
  | { type: 'consent.decided'; decision: 'approved' | 'declined' }
  | { type: 'connection.created' | 'connection.updated'; account: Account | null }
  | { type: 'error'; error: EmbedError }

/** What the page that waits is told: by the event stream, by polling, and when it is loaded again. */
export type Told = {
  status: SessionStatus
  status_reason: string | null
  account: Account | null
  approval_request_id: string | null
  event: HostEvent | null
  outcome: HostOutcome | null
}

function eventOf({ status, account, created }: Progress, outcome: HostOutcome | null): HostEvent | null {
  if (status === 'authorizing' || status === 'awaiting_confirmation') {
    return { type: 'consent.decided', decision: 'approved' }
  }
  if (status === 'declined') return { type: 'consent.decided', decision: 'declined' }
  if (outcome?.status === 'error') return { type: 'error', error: outcome.error }
  if (outcome?.status !== 'connected') return null
  return { type: created ? 'connection.created' : 'connection.updated', account }
}

export function outcomeOf(progress: Progress, t: Translator, requestId: string): HostOutcome | null {
  switch (progress.status) {
    case 'completed':
      return { status: 'connected', account: progress.account }
    case 'declined':
      return { status: 'declined' }
    case 'failed':
      return { status: 'error', error: embedError(embedCodeOf(progress.status_reason), t, requestId) }
    case 'expired':
    case 'cancelled':
      return { status: 'error', error: embedError('session_expired', t, requestId) }
    default:
      return progress.approval_request_id === null
        ? null
        : { status: 'pending_approval', requestId: progress.approval_request_id }
  }
}

export async function tell(open: Open, t: Translator, requestId: string): Promise<Told> {
  const progress = await connect.status(open)
  const outcome = outcomeOf(progress, t, requestId)
  const { created: _, ...facts } = progress
  return { ...facts, event: eventOf(progress, outcome), outcome }
}
