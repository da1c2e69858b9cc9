import type { Tenant } from '#lib/proof'
import { knownHeads } from '../checkpoints/known.ts'
import { exploreAll } from '../explore/list.ts'
import { namesIn } from '../explore/names.ts'
import type { ExploreFilter } from '../explore/schema.ts'
import { spanOf } from '../explore/span.ts'
import type { Span } from '../explore/where.ts'
import { chainOf } from '../rows.ts'
import type { AuditEvent } from '../schema.ts'
import { authorityOf } from './authority.ts'
import type { Cell, Report, Section } from './document.ts'

export const evidenceKind = 'evidence'

const columns = [
  'at',
  'event',
  'sequence',
  'action',
  'outcome',
  'code',
  'who',
  'who_name',
  'agent',
  'agent_name',
  'on_behalf_of',
  'resource',
  'tool',
  'execution',
  'consent',
  'consented_at',
  'consent_hash',
  'consent_until',
  'policy',
  'credential_generation',
  'credential_valid_until',
  'scopes_required',
  'scopes_granted',
  'objections',
  'changed_fields',
  'ip',
  'trace',
  'event_hash',
] as const

/** One act: who, for whom, on what, by which consent and credential, and what spoke against it. */
async function* acts(tenant: Tenant, filter: ExploreFilter, span: Span): AsyncGenerator<Cell[]> {
  for await (const events of exploreAll(tenant, filter, span)) {
    const calls = events.filter(({ action }) => action === 'tool.executed')
    const authority = calls.length > 0 ? await authorityOf(tenant, calls) : null
    const names = await namesIn(tenant, events)
    for (const event of events) {
      const rests = authority && event.action === 'tool.executed' ? authority(event) : null
      const { policy } = event
      yield [
        event.occurred_at,
        event.id,
        event.sequence,
        event.action,
        event.outcome,
        event.error_code,
        `${event.actor.type}/${event.actor.id}`,
        names[event.actor.id] ?? null,
        event.agent_id,
        event.agent_id && (names[event.agent_id] ?? null),
        event.user_id,
        event.connected_account_id,
        event.tool_name,
        text(event.details.execution_id),
        event.connection_id,
        rests?.consentedAt ?? null,
        rests?.consentHash ?? null,
        rests?.endedAt ?? null,
        policy &&
          `${policy.engine}: ${policy.decision}${policy.policy_ids.length > 0 ? ` (${policy.policy_ids.join(' ')})` : ''}`,
        rests?.credential?.generations ?? null,
        rests?.credential?.validUntil ?? null,
        event.scopes_required.join(' '),
        event.scopes_granted.join(' '),
        event.outcome === 'denied' ? 'refused before anything left' : (rests?.objections.join('; ') ?? null),
        event.changed_fields.join(' '),
        event.ip,
        event.trace_id,
        event.hash,
      ]
    }
  }
}

const text = (value: AuditEvent['details'][string] | undefined): string | null =>
  typeof value === 'string' ? value : null

/** The events as an export writes them, a line each: with these alone everybody can make the hashes anew. */
async function* lines(tenant: Tenant, filter: ExploreFilter, span: Span): AsyncGenerator<Cell[]> {
  for await (const events of exploreAll(tenant, filter, span))
    for (const event of events) yield [JSON.stringify(event)]
}

async function* heads(tenant: Tenant, { from, to }: Span): AsyncGenerator<Cell[]> {
  const { heads: known } = await knownHeads(tenant)
  const within = known.filter(({ sequence }) => BigInt(sequence) >= from && BigInt(sequence) < to)
  // Beside those of the events themselves the next one: it says that more had happened by then.
  const next = known.find(({ sequence }) => BigInt(sequence) >= to)
  for (const { sequence, at, kid, jws } of next ? [...within, next] : within) yield [sequence, at, kid, jws]
}

/**
 * Evidence of what a filter finds, as it was when this was called: who acted, under what authority, with which credential
 * and scopes, against which resource; and the links of the chain, from which `verify-audit` proves it offline.
 * @param asked the filter in words
 */
export async function evidenceReport(
  tenant: Tenant,
  filter: ExploreFilter,
  asked: readonly (readonly [name: string, value: string])[],
): Promise<Report> {
  const span = await spanOf(tenant, filter)
  const [all, ...proof]: [Section, ...Section[]] = [
    {
      id: 'acts',
      title: 'What was done',
      note: 'consent: the connection whose receipt says what the person agreed to. credential_generation: which renewals of the credential the call can have used. objections: what spoke against a call when it began; empty where nothing did.',
      columns,
      rows: acts(tenant, filter, span),
    },
    {
      id: 'heads',
      title: 'Signed heads',
      note: 'Heads of the chain (RFC 7515) that were signed while these events were written, and the next one after them.',
      columns: ['sequence', 'at', 'key', 'jws'],
      rows: heads(tenant, span),
    },
    {
      id: 'chain',
      title: 'Links of the chain',
      note: 'Each event as it was hashed. `behalf verify-audit` with the JSON file makes the hashes anew, with nothing else at hand.',
      columns: ['line'],
      rows: lines(tenant, filter, span),
    },
  ]
  return {
    kind: evidenceKind,
    title: `Evidence: ${tenant.externalId}`,
    intro:
      'Who acted, under what authority, with which credential and scopes, against which resource. Joined from the audit chain, the consents and the times of credentials as they were stored.',
    facts: [
      ['organization', tenant.externalId],
      ['chain', chainOf(tenant)],
      ['made at', new Date().toISOString()],
      ['events looked through', span.to > span.from ? `${span.from} to ${span.to - 1n}` : 'none'],
      ...asked,
      [
        'what it does not prove',
        'A filter leaves events out: what is between them is not in this file. Times of credentials are the database’s own and no part of the chain.',
      ],
    ],
    sections: [all, ...proof],
  }
}
