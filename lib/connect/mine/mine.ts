import type { Origin } from '#lib/audit'
import { assertLive } from '#lib/consent'
import type { ConnectSessionInput, ReceiptFormat, Resources } from '#lib/consent/schema'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import type { Deps, Open } from '../context.ts'
import { type Revoked, revoke } from '../ending/revoke.ts'
import type { FlowCookie } from '../flow/flow-cookie.ts'
import { narrow } from '../flow/narrow.ts'
import { enter } from '../flow/open.ts'
import { connectUrl } from '../flow/upgrade.ts'
import { receiptFile } from '../receipts.ts'
import { setPaused } from '../renewal/upkeep.ts'

/**
 * A session of kind `manage` offers nothing to connect, so that it names nothing of that.
 * @throws AppError `invalid_request` naming the first field that does not belong to it
 */
export function assertNothingToConnect(input: ConnectSessionInput): void {
  if (input.kind !== 'manage') return
  const given = {
    connectors: input.connectors.length > 0,
    scopes: Object.keys(input.scopes).length > 0,
    connected_account_id: (input.connected_account_id ?? null) !== null,
    agents: input.agents.length > 0,
    purpose: input.purpose !== undefined,
    purposes: Object.keys(input.purposes).length > 0,
    confirmation: input.confirmation !== 'host',
  }
  const field = Object.entries(given).find(([, is]) => is)?.[0]
  if (field === undefined) return
  throw new AppError('invalid_request', {
    detail: `A session of kind "manage" takes no ${field}: nothing is connected in it.`,
    param: field,
    errors: [{ path: field, message: 'does not go with kind "manage"' }],
  })
}

/**
 * What a person manages is reached by a session for that alone: an invitation to connect one account must not end others.
 * @throws AppError `not_found` in a session of the other kind; `session_expired`
 */
export function assertManages({ session }: Open): void {
  if (session.kind !== 'manage') throw new AppError('not_found', { detail: 'There is nothing here.' })
  assertLive(session)
}

/** The internal id of an account of this person's. @throws AppError `not_found` for another's as for none */
export async function accountIn(tx: Tx, { tenant, session }: Open, accountId: string): Promise<string> {
  const id = parseId('connected_account', accountId)
  const row =
    id &&
    (await tx.connected_accounts.findFirst({
      where: { org_id: tenant.orgId, id, user_id: session.user_id, deleted_at: null },
      select: { id: true },
    }))
  if (!row) throw new AppError('not_found')
  return row.id
}

const accountOf = (opened: Open, accountId: string): Promise<string> => {
  assertManages(opened)
  return forOrg(opened.tenant, (tx) => accountIn(tx, opened, accountId))
}

/** Pauses or resumes one's own account. @throws AppError `not_found`; `conflict` where an admin's pause is in the way */
export async function pauseMine(
  opened: Open,
  accountId: string,
  paused: boolean,
  origin: Origin,
): Promise<void> {
  const id = await accountOf(opened, accountId)
  await setPaused(opened.tenant, opened.caller, id, paused, origin)
}

/** Of what an account is lent for, what its owner leaves ticked. Ids of another kind, or not among its own, are refused. */
export type Kept = {
  scopes: readonly string[]
  /** By kind, the ids of what may still be reached. */
  resources: Readonly<Record<string, readonly string[]>>
  expiresInDays: number | null
}

/**
 * Narrows one's own account, at once.
 * @throws AppError `not_found`; `invalid_request` for nothing, or for more than before; `conflict` where nothing would
 *   change
 */
export async function narrowMine(
  deps: Deps,
  opened: Open,
  accountId: string,
  kept: Kept,
  origin: Origin,
): Promise<void> {
  const id = await accountOf(opened, accountId)
  const { tenant } = opened
  const limited = await forOrg(tenant, async (tx) => {
    const account = await tx.connected_accounts.findUniqueOrThrow({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      include: { connections: { orderBy: { id: 'desc' }, take: 1 } },
    })
    const consent = account.connections.find((one) => one.id === account.current_connection_id)
    return (consent?.resources ?? {}) as Resources
  })
  const resources = Object.entries(limited).map(([kind, items]) => {
    const left = items.filter((item) => kept.resources[kind]?.includes(item.id))
    if (left.length === 0) throw new AppError('invalid_request', { param: kind })
    return [kind, left] as const
  })
  const narrowing = {
    scopes: kept.scopes,
    ...(resources.length > 0 && { resources: Object.fromEntries(resources) }),
    ...(kept.expiresInDays !== null && { expires_in_days: kept.expiresInDays }),
  }
  await narrow(deps, tenant, opened.caller, id, narrowing, origin)
}

/** The receipt of one of the consents to one's own account, as a file. @throws AppError `not_found` */
export async function receiptOfMine(
  opened: Open,
  accountId: string,
  connectionId: string,
  format: ReceiptFormat,
): ReturnType<typeof receiptFile> {
  const account = await accountOf(opened, accountId)
  const id = parseId('connection', connectionId)
  const found =
    id &&
    (await forOrg(opened.tenant, (tx) =>
      tx.connections.findFirst({ where: { org_id: opened.tenant.orgId, id, account_id: account } }),
    ))
  if (!found) throw new AppError('not_found')
  return receiptFile(opened.tenant, found.id, format)
}

/** Ends one's own account, here at once and then at the provider. @throws AppError `not_found` */
export async function endMine(deps: Deps, opened: Open, accountId: string, origin: Origin): Promise<Revoked> {
  const id = await accountOf(opened, accountId)
  return revoke(deps, opened.tenant, opened.caller, id, 'ended_by_user', origin)
}

/**
 * A way to connect one's own account again, as it was: for one that needs attention, or that was ended.
 * @returns its hosted link, and the session as entered by this browser
 * @throws AppError `not_found`
 */
export async function reconnectMine(
  opened: Open,
  accountId: string,
): Promise<{ url: string; open: Open; flow: FlowCookie }> {
  const id = await accountOf(opened, accountId)
  const url = await connectUrl(opened.tenant, id, [])
  if (url === null) throw new AppError('not_found')
  const entered = await enter(decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? ''))
  return { url, ...entered }
}
