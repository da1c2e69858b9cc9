import type { Tenant } from '#lib/proof'
import { listCheckpoints } from '../checkpoints/sign-heads.ts'
import { chainOf, exportAudit } from '../rows.ts'
import type { AuditFilter } from '../schema.ts'
import { authorityOf } from './authority.ts'
import type { Cell, Report } from './document.ts'

type Period = { since: string; until: string }

const columns = [
  'started_at',
  'event',
  'sequence',
  'tool',
  'user',
  'actor',
  'agent',
  'account',
  'outcome',
  'valid',
  'objections',
  'connection',
  'consented_at',
  'consent_until',
  'consent_until_by',
  'credential',
  'credential_obtained_at',
  'credential_valid_until',
  'credential_valid_until_by',
  'scopes_required',
  'scopes_granted',
  'policy',
  'event_hash',
] as const

type Tally = {
  calls: number
  valid: number
  invalid: number
  refused: number
  failed: number
  unknown: number
}

async function* calls(tenant: Tenant, filter: AuditFilter, tally: Tally): AsyncGenerator<Cell[]> {
  for await (const events of exportAudit(tenant, { ...filter, action: 'tool.executed' }, undefined, 500)) {
    const authority = await authorityOf(tenant, events)
    for (const event of events) {
      const rests = authority(event)
      const refused = event.outcome === 'denied'
      const valid = rests.objections.length === 0
      tally.calls++
      if (refused) tally.refused++
      else if (valid) tally.valid++
      else tally.invalid++
      if (event.outcome === 'failed') tally.failed++
      if (event.outcome === 'unknown') tally.unknown++
      yield [
        rests.startedAt,
        event.id,
        event.sequence,
        event.tool_name,
        event.user_id,
        `${event.actor.type}/${event.actor.id}`,
        event.agent_id,
        event.connected_account_id,
        event.outcome,
        refused ? null : valid,
        refused
          ? `refused before anything left: ${event.error_code ?? 'denied'}`
          : rests.objections.join('; '),
        event.connection_id,
        rests.consentedAt,
        rests.endedAt,
        rests.endedBy,
        rests.credential?.generations ?? null,
        rests.credential?.obtainedAt ?? null,
        rests.credential?.validUntil ?? null,
        rests.credential?.validUntilBy ?? null,
        event.scopes_required.join(' '),
        event.scopes_granted.join(' '),
        event.policy &&
          `${event.policy.engine}: ${event.policy.decision}${event.policy.policy_ids.length > 0 ? ` (${event.policy.policy_ids.join(' ')})` : ''}`,
        event.hash,
      ]
    }
  }
}

/** Yields once the rows before it have been told: only then the sums are known. */
async function* sums(tally: Tally): AsyncGenerator<Cell[]> {
  yield ['calls', tally.calls]
  yield ['made under a consent and a credential that were valid, and covered the scopes', tally.valid]
  yield ['made though something was missing (see objections)', tally.invalid]
  yield ['refused before anything left', tally.refused]
  yield ['failed at the provider', tally.failed]
  yield ['of unknown outcome', tally.unknown]
}

async function* changes(tenant: Tenant, filter: AuditFilter): AsyncGenerator<Cell[]> {
  const told =
    /^(connection\.(created|scopes_changed|approved|declined)|connected_accounts?\.(revoked|deleted|needs_reauth|restored|paused|resumed)|policy|scope_ceiling|stop|api_key|agent|member|user\.|legal_hold|audit\.)/
  for await (const events of exportAudit(tenant, filter, undefined, 500)) {
    for (const event of events) {
      if (!told.test(event.action)) continue
      yield [
        event.occurred_at,
        event.id,
        event.action,
        event.outcome,
        `${event.actor.type}/${event.actor.id}`,
        event.user_id,
        event.connected_account_id,
        event.changed_fields.join(' '),
      ]
    }
  }
}

/** SOC 2 CC6.1: each access in a period, and what made it valid and scoped at that moment. */
export async function accessReport(tenant: Tenant, period: Period): Promise<Report> {
  const tally: Tally = { calls: 0, valid: 0, invalid: 0, refused: 0, failed: 0, unknown: 0 }
  const [head] = await listCheckpoints(tenant, null, 1)
  return {
    kind: 'soc2_cc6_1',
    title: 'Logical access: evidence for SOC 2 CC6.1',
    intro:
      'For every call of a tool in the period: the consent it rested on, whether that was in force when the call began, whether it covered the scopes, from when until when the credential was valid, and what policy decided. Joined from the audit chain, the consents and the times of credentials as they were stored.',
    facts: [
      ['organization', tenant.externalId],
      ['chain', chainOf(tenant)],
      ['since', period.since],
      ['until', period.until],
      ['made at', new Date().toISOString()],
      ['last signed head', head ? `event ${head.sequence}, ${head.at}, key ${head.kid}` : null],
      ['last signed head, hash', head?.hash ?? null],
      [
        'what it does not prove',
        'Times of credentials are the database’s own and no part of the hash chain; those from before they were recorded begin at the last renewal before that.',
      ],
    ],
    sections: [
      {
        id: 'calls',
        title: 'Calls',
        note: 'valid: the consent was in force when the call began and named its scopes, the account was in use, its credential was valid, and policy had not denied it. credential: the generations of it that followed each other without a break.',
        columns,
        rows: calls(tenant, period, tally),
      },
      {
        id: 'changes',
        title: 'Changes of access',
        note: 'Consents, revocations, policies, keys, agents and members in the period.',
        columns: ['at', 'event', 'action', 'outcome', 'actor', 'user', 'account', 'changed_fields'],
        rows: changes(tenant, period),
      },
      {
        id: 'summary',
        title: 'Summary',
        note: 'Counted while the calls above were listed.',
        columns: ['what', 'count'],
        rows: sums(tally),
      },
    ],
  }
}
