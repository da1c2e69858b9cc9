import { forOrg, type Tx } from '#lib/db'
import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { AuditEvent } from '../schema.ts'
import { type Credential, credentialAt, type Span, spansIn } from './credentials.ts'

/** One consent, and until when it was what a call could rest on. */
type Consent = {
  id: string
  account_id: string
  scopes_granted: string[]
  consent_hash: string
  consented_at: Date
  expires_at: Date | null
  superseded_at: Date | null
}
/** What changed whether an account could be used, by the audit's own record. */
type Change = { account: string; occurred_at: Date; action: string }

const usable: Readonly<Record<string, boolean>> = {
  'connected_account.revoked': false,
  'connected_account.deleted': false,
  'connected_account.needs_reauth': false,
  'connected_account.paused': false,
  'connected_account.resumed': true,
  'connected_account.restored': true,
  'connected_account.verified': true,
  'connection.created': true,
  'connection.scopes_changed': true,
}

/** What a call rested on when it began, and what is missing to say that it was valid. */
export type Authority = {
  startedAt: string
  consentedAt: string | null
  consentHash: string | null
  endedAt: string | null
  endedBy: string | null
  credential: Credential | null
  objections: string[]
}

const consentsIn = (tx: Tx, tenant: Tenant, ids: readonly string[]): Promise<Consent[]> => tx.$queryRaw`
  SELECT c.id, c.account_id, c.scopes_granted, c.consent_hash, c.consented_at, c.expires_at,
    (SELECT min(n.consented_at) FROM connections n WHERE n.org_id = c.org_id AND n.account_id = c.account_id
      AND n.consented_at > c.consented_at) AS superseded_at
  FROM connections c WHERE c.org_id = ${tenant.orgId}::uuid AND c.id = ANY (${[...ids]}::uuid[])`

const changesIn = (tx: Tx, tenant: Tenant, accounts: readonly string[]): Promise<Change[]> => tx.$queryRaw`
  SELECT e.connected_account_id AS account, e.occurred_at, e.action FROM audit_events e
  WHERE e.org_id = ${tenant.orgId}::uuid AND e.connected_account_id = ANY (${[...accounts]}::text[])
    AND e.action = ANY (${Object.keys(usable)}::text[]) AND e.outcome = 'allowed' ORDER BY e.sequence`

/** Answers for a batch of calls what each rested on, with a few reads for all of them. */
export async function authorityOf(
  tenant: Tenant,
  calls: readonly AuditEvent[],
): Promise<(event: AuditEvent) => Authority> {
  const ids = [...new Set(calls.flatMap(({ connection_id: id }) => (id && parseId('connection', id)) ?? []))]
  const [consents, changes, spans] = await forOrg(tenant, async (tx) => {
    const found = await consentsIn(tx, tenant, ids)
    const accountIds = [...new Set(found.map(({ account_id }) => account_id))]
    if (accountIds.length === 0) return [found, [], []] as const
    const accounts = accountIds.map((id) => publicId('connected_account', id))
    return [
      found,
      await changesIn(tx, tenant, accounts),
      await spansIn(tx, tenant, accountIds, ...period(calls)),
    ] as const
  })
  const byId = new Map(consents.map((consent) => [publicId('connection', consent.id), consent]))
  const byAccount = Map.groupBy(changes, ({ account }) => account)
  const spansOf = Map.groupBy(spans, ({ account_id }) => account_id)
  return (event) => judge(event, byId, byAccount, spansOf)
}

const startOf = (event: AuditEvent): Date =>
  new Date(Date.parse(event.occurred_at) - (event.duration_ms ?? 0))

function period(calls: readonly AuditEvent[]): [from: Date, to: Date] {
  const starts = calls.map((event) => startOf(event).getTime())
  const ends = calls.map(({ occurred_at }) => Date.parse(occurred_at))
  return [new Date(Math.min(...starts)), new Date(Math.max(...ends))]
}

function judge(
  event: AuditEvent,
  consents: ReadonlyMap<string, Consent>,
  changes: ReadonlyMap<string, Change[]>,
  spans: ReadonlyMap<string, Span[]>,
): Authority {
  // The event is appended when the call is over: what counts is when it began.
  const started = startOf(event)
  const consent = event.connection_id === null ? undefined : consents.get(event.connection_id)
  const empty = { startedAt: started.toISOString(), consentedAt: null, consentHash: null }
  if (!consent)
    return {
      ...empty,
      endedAt: null,
      endedBy: null,
      credential: null,
      objections: ['no record of the consent it rested on'],
    }
  const of = changes.get(publicId('connected_account', consent.account_id)) ?? []
  const standing = of.findLast(({ occurred_at }) => occurred_at <= started)
  const ending = of.find(
    ({ occurred_at, action }) =>
      occurred_at > started && usable[action] === false && /revoked|deleted/.test(action),
  )
  const { credential, objection } = credentialAt(
    spans.get(consent.account_id) ?? [],
    consent.id,
    started,
    new Date(event.occurred_at),
  )
  const lacking = event.scopes_granted.filter((scope) => !consent.scopes_granted.includes(scope))
  const objections = [
    ...(consent.consented_at > started ? ['consent was given after the call began'] : []),
    ...(consent.expires_at && consent.expires_at <= started ? ['the consent had expired'] : []),
    ...(consent.superseded_at && consent.superseded_at <= started
      ? ['a newer consent was in its place']
      : []),
    ...(standing && usable[standing.action] === false
      ? [`the account was out of use since ${standing.occurred_at.toISOString()} (${standing.action})`]
      : []),
    ...(objection === null || event.outcome === 'denied' ? [] : [objection]),
    ...(lacking.length > 0 ? [`scopes that the consent does not name: ${lacking.join(' ')}`] : []),
    ...(event.policy !== null && event.policy.decision === 'deny' ? ['policy had denied it'] : []),
  ]
  const ends: [Date, string][] = [
    ...(ending ? [[ending.occurred_at, ending.action] as [Date, string]] : []),
    ...(consent.expires_at ? [[consent.expires_at, 'expiry'] as [Date, string]] : []),
    ...(consent.superseded_at ? [[consent.superseded_at, 'newer consent'] as [Date, string]] : []),
  ]
  const [end] = ends.filter(([at]) => at > started).sort(([a], [b]) => a.getTime() - b.getTime())
  return {
    startedAt: started.toISOString(),
    consentedAt: consent.consented_at.toISOString(),
    consentHash: consent.consent_hash,
    endedAt: end?.[0].toISOString() ?? null,
    endedBy: end?.[1] ?? null,
    credential,
    objections,
  }
}
