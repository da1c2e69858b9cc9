import type { AuditEvent } from '#lib/audit/schema'
import { sentence } from './sentence.ts'

/** What people call the actors of events, by the ids that events have of them. */
export type Names = Readonly<Record<string, string>>

/** An event as a sentence, with the names of those in it where they are known. */
export const told = (event: AuditEvent, names: Names): string =>
  sentence({ ...event, ...(names[event.actor.id] !== undefined && { who: names[event.actor.id] }) })

/** A tail event as the page shows it: nothing of it but what is on the screen. */
export type Line = {
  id: string
  sequence: number
  at: string
  words: string
  action: string
  outcome: AuditEvent['outcome']
}

export const lineOf = (event: AuditEvent, names: Names): Line => ({
  id: event.id,
  sequence: event.sequence,
  at: event.occurred_at,
  words: told(event, names),
  action: event.action,
  outcome: event.outcome,
})
