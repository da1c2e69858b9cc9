import { assertLive, getSession, rotateHandle } from '#lib/consent'
import { forOrg, lookupObject } from '#lib/db'
import { AppError } from '#lib/errors'
import { findSession, sessionCaller } from '#lib/identity'
import { newToken, parseId, publicId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ceilingsOfUserIn } from '#lib/scopes'
import { connectorListOf } from '#lib/tenancy'
import { type Deps, type Open, offeredConnector } from '../context.ts'
import { type FlowCookie, sealResume, sealTicket, unsealResume, unsealTicket } from './flow-cookie.ts'

async function read(tenant: Tenant, id: string): Promise<Open> {
  const session = await getSession(tenant, id)
  const list = session.connected_account_id === null ? await connectorListOf(tenant) : null
  const ceilings = await forOrg(tenant, (tx) => ceilingsOfUserIn(tx, tenant, session.user_id))
  return {
    tenant,
    session: { ...session, list, ceilings },
    caller: sessionCaller(tenant, session.id, session.user_id),
  }
}

/**
 * The session behind a token, a hosted link or a handle. A handle shows an ended session too, so that the tab that
 * holds it can say how it ended.
 * @throws AppError `session_expired`, `session_used`
 */
export async function open(token: string): Promise<Open> {
  const { tenant, id, via } = await findSession(token)
  const opened = await read(tenant, id)
  if (via !== 'handle') assertLive(opened.session)
  return opened
}

/** The session of a first-party cookie, whatever its state. @throws AppError `session_expired` */
export async function openFlow(sessionPublicId: string, flow: FlowCookie): Promise<Open> {
  const id = parseId('connect_session', sessionPublicId)
  const tenant = id && flow.session === sessionPublicId && (await lookupObject('connect_session', id))
  if (!tenant) throw new AppError('session_expired', { detail: 'This link is not valid any more.' })
  return read(tenant, id)
}

const over = () => new AppError('session_expired', { detail: 'This link is not valid any more.' })

/** What a tab holds a session by: `handle` is its bearer, `resume` is what it keeps over a reload. */
export type Held = { handle: string; resume: string }

const heldBy = async (id: string, handle: string): Promise<Held> => ({
  handle,
  resume: await sealResume({
    resume: publicId('connect_session', id),
    handle: Buffer.from(sha256(handle)).toString('hex'),
  }),
})

/** A bearer for the tab that holds the session, in place of the token that came in its URL; an earlier one ends. */
export const hold = async ({ tenant, session }: Open): Promise<Held> =>
  heldBy(session.id, await rotateHandle(tenant, session.id))

/** The same bearer with a fresh ten minutes for its tab to be reloaded in. */
export const stillHeld = ({ session }: Open, handle: string): Promise<Held> => heldBy(session.id, handle)

/**
 * Gives a tab that was reloaded its session back under a new bearer. Good for ten minutes and once: of two that try,
 * one finds that the bearer has moved on.
 * @throws AppError `session_expired`
 */
export async function resume(value: string): Promise<{ open: Open; held: Held }> {
  const given = await unsealResume(value)
  const id = given && parseId('connect_session', given.resume)
  const tenant = id && (await lookupObject('connect_session', id))
  if (!tenant) throw over()
  const handle = newToken('ch')
  const { count } = await forOrg(tenant, (tx) =>
    tx.connect_sessions.updateMany({
      where: { org_id: tenant.orgId, id, handle_hash: Buffer.from(given.handle, 'hex') },
      data: { handle_hash: Buffer.from(sha256(handle)) },
    }),
  )
  if (count !== 1) throw over()
  return { open: await read(tenant, id), held: await heldBy(id, handle) }
}

/** A sealed way into the same session for a window of its own, good for ten minutes. */
export function ticket(deps: Deps, opened: Open, connectorId: string): Promise<string> {
  assertLive(opened.session)
  offeredConnector(deps, opened.session, connectorId)
  return sealTicket({ ticket: publicId('connect_session', opened.session.id), connector: connectorId })
}

/** Trades a token, hosted link or ticket for the flow cookie of this browser. */
export async function enter(
  token: string,
): Promise<{ open: Open; flow: FlowCookie; connector: string | null }> {
  if (token.startsWith('bhf_')) {
    const opened = await open(token)
    return {
      open: opened,
      flow: { session: publicId('connect_session', opened.session.id) },
      connector: null,
    }
  }
  const sealed = await unsealTicket(token)
  if (!sealed) throw new AppError('session_expired', { detail: 'This link is not valid any more.' })
  const flow = { session: sealed.ticket }
  const opened = await openFlow(sealed.ticket, flow)
  assertLive(opened.session)
  return { open: opened, flow, connector: sealed.connector }
}
