import { appendAudit, type Origin, originFields } from '#lib/audit'
import type { Connector } from '#lib/connector-kit'
import { wordsOf } from '#lib/connector-kit'
import { consentHash, getAccount, getAccountIn, issueReceiptIn, narrowIn, pickedText } from '#lib/consent'
import type { ConnectedAccount, Resources } from '#lib/consent/schema'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import { negotiate, type Translator, translator } from '#lib/i18n'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { authConfigOf } from '#lib/oauth'
import type { Caller, Tenant } from '#lib/proof'
import { type Signer, signer } from '#lib/signing'
import { rebindCredential, withCredential } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { confirmedBy } from '../receipts.ts'
import { refresherOf } from '../renewal/refresher.ts'
import { readingHttp } from './provider-http.ts'

/** Less than what was agreed to; what is left out stays as it is. */
export type Narrowing = {
  /** The scopes to keep. */
  scopes?: readonly string[] | undefined
  /** By kind, what may still be reached; a kind that is left out stays as it is. */
  resources?: Resources | undefined
  /** When it ends, in days from now; never later than it would. */
  expires_in_days?: number | undefined
}

type Connection = NonNullable<Awaited<ReturnType<Tx['connections']['findUnique']>>>

const refuse = (param: string, detail: string) => new AppError('invalid_request', { detail, param })

/**
 * Narrows what a connected account is lent for, at once: a new consent takes the place of the one before, with the same
 * credential under it. More than before is never had this way; for that the person is asked.
 * @param caller who asks; whether they may is for whoever lets them in
 * @throws AppError `not_found`; `conflict` for an account that is not in use, or where nothing would change;
 *   `invalid_request` for more than before; `unavailable` while its credential is being renewed
 */
export async function narrow(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  accountId: string,
  narrowing: Narrowing,
  origin: Origin,
): Promise<ConnectedAccount> {
  const account = await getAccount(tenant, accountId)
  if (account.status !== 'active' && account.status !== 'paused') {
    throw new AppError('conflict', { detail: `An account that is ${account.status} cannot be narrowed.` })
  }
  const connector = connectorOf(deps, account.connector)
  const signs = await signer()
  await rebindCredential(tenant, accountId, (tx) =>
    narrowInPlace(tx, tenant, caller, { accountId, connector, narrowing, signs }, origin),
  )
  return getAccount(tenant, accountId)
}

type Facts = { accountId: string; connector: Connector; narrowing: Narrowing; signs: Signer }

async function narrowInPlace(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  { accountId, connector, narrowing, signs }: Facts,
  origin: Origin,
): Promise<string> {
  // Two that narrow at once: the second sees what the first left.
  await tx.$queryRaw`SELECT 1 FROM connected_accounts WHERE org_id = ${tenant.orgId}::uuid
    AND id = ${accountId}::uuid FOR UPDATE`
  const row = await tx.connected_accounts.findUniqueOrThrow({
    where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
  })
  const before =
    row.current_connection_id &&
    (await tx.connections.findUnique({
      where: { org_id_id: { org_id: tenant.orgId, id: row.current_connection_id } },
    }))
  if (!before) throw new AppError('conflict', { detail: 'This account is under no consent.' })
  const now = new Date()
  const scopes = fewerScopes(before, narrowing.scopes)
  const resources = fewerResources(connector, before, narrowing.resources)
  const expiresAt = earlierEnd(before, narrowing.expires_in_days, now)
  const changed = [
    ...(scopes.length < before.scopes_granted.length ? ['scopes'] : []),
    ...(JSON.stringify(resources) === JSON.stringify(before.resources) ? [] : ['resources']),
    ...(expiresAt?.getTime() === before.expires_at?.getTime() ? [] : ['expires_at']),
  ]
  if (changed.length === 0) throw new AppError('conflict', { detail: 'Nothing would change.' })
  const t = translator(negotiate(before.locale, null))
  const text = [before.consent_text, ...narrowedText(connector, { before, scopes, resources, expiresAt }, t)]
  const connectionId = await narrowIn(tx, tenant, before, {
    scopes,
    resources,
    expiresAt,
    consentText: text.join('\n'),
    consentHash: consentHash(text.join('\n')),
    consentedAt: now,
    consentedBy: {
      type: 'narrowed',
      by: actorOf(caller),
      ip: origin.ip,
      user_agent: origin.userAgent,
    },
  })
  const account = await getAccountIn(tx, tenant, accountId)
  await issueReceiptIn(tx, tenant, signs, connector, connectionId, {
    method: 'narrowed',
    by: confirmedBy(caller, account.user_id),
  })
  const ids = {
    connected_account_id: account.id,
    connection_id: publicId('connection', connectionId),
  }
  await appendAudit(tx, tenant, {
    action: 'connection.scopes_changed',
    outcome: 'allowed',
    actor: actorOf(caller),
    user_id: account.user_id,
    ...ids,
    scopes_granted: scopes,
    changed_fields: changed,
    details: {
      connector: connector.id,
      narrowed_from: publicId('connection', before.id),
      scopes_before: before.scopes_granted.join(' '),
    },
    ...originFields(origin),
  })
  await emit(tx, tenant, 'connection.scopes_changed', {
    ...ids,
    user_id: account.user_id,
    connector: account.connector,
    scopes,
  })
  return connectionId
}

function fewerScopes(before: Connection, kept: readonly string[] | undefined): string[] {
  if (kept === undefined) return before.scopes_granted
  if (kept.length === 0) throw refuse('scopes', 'Keep at least one permission, or end the connection.')
  if (kept.some((scope) => !before.scopes_granted.includes(scope)))
    throw refuse('scopes', 'A connection can only be narrowed to permissions that it has.')
  return before.scopes_granted.filter((scope) => kept.includes(scope))
}

function fewerResources(
  connector: Connector,
  before: Connection,
  kept: Resources | undefined,
): Resources | null {
  const held = before.resources as Resources | null
  if (kept === undefined) return held
  const narrowed = Object.entries(kept).map(([kind, some]) => {
    if (!Object.hasOwn(connector.resources, kind))
      throw refuse('resources', `${connector.name} has no ${kind} that a connection could be limited to.`)
    const had = held && Object.hasOwn(held, kind) ? held[kind] : undefined
    // Things that were picked before keep the names that they were picked by.
    const ids = new Set(some.map(({ id }) => id))
    if (had && some.some(({ id }) => !had.some((one) => one.id === id)))
      throw refuse('resources', 'A connection can only be narrowed to things that it reaches.')
    return [kind, had ? had.filter(({ id }) => ids.has(id)) : some] as const
  })
  return { ...held, ...Object.fromEntries(narrowed) }
}

function earlierEnd(before: Connection, days: number | undefined, now: Date): Date | null {
  if (days === undefined) return before.expires_at
  if (!Number.isInteger(days) || days < 1) throw refuse('expires_in_days', 'must be a number of whole days')
  const end = new Date(now.getTime() + days * 86_400_000)
  return before.expires_at && before.expires_at < end ? before.expires_at : end
}

type Narrowed = { before: Connection; scopes: string[]; resources: Resources | null; expiresAt: Date | null }

/** What is added to the text of the consent: what of it is no more. */
function narrowedText(connector: Connector, facts: Narrowed, t: Translator): string[] {
  const words = wordsOf(connector, t.locale)
  const titles = Object.fromEntries(Object.entries(words.resources).map(([kind, { title }]) => [kind, title]))
  const gone = facts.before.scopes_granted.filter((scope) => !facts.scopes.includes(scope))
  const date = (at: Date) =>
    new Intl.DateTimeFormat(t.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(at)
  return [
    ...gone.map((scope) => `${t('consent.change_gone')} · ${words.scopes[scope]?.does ?? scope} · ${scope}`),
    ...(facts.resources ? [pickedText(facts.resources, titles, t)] : []),
    ...(facts.expiresAt
      ? [`${t('consent.duration_title')} · ${t('consent.until', { date: date(facts.expiresAt) })}`]
      : []),
  ]
}

/**
 * What an account reaches at the provider, to narrow it by: a page of it.
 * @throws AppError `not_found` for a kind that the connector does not have; `reauthorization_required`, `upstream_*`
 */
export async function reachable(
  deps: Deps,
  tenant: Tenant,
  accountId: string,
  asked: { kind: string; search?: string; cursor?: string | null },
) {
  const row = await forOrg(tenant, (tx) =>
    tx.connected_accounts.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id: accountId } } }),
  )
  if (!row) throw new AppError('not_found')
  const connector = connectorOf(deps, row.connector)
  const kind = Object.hasOwn(connector.resources, asked.kind) ? connector.resources[asked.kind] : undefined
  if (!kind) throw new AppError('not_found')
  const auth = await authConfigOf(tenant, { orgId: row.auth_config_org_id, id: row.auth_config_id })
  return withCredential(tenant, accountId, refresherOf(deps, tenant, connector, auth), (lent) =>
    kind.list(readingHttp(deps, connector, auth, lent), {
      search: asked.search ?? '',
      cursor: asked.cursor ?? null,
    }),
  )
}
