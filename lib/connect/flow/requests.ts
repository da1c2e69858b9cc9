import { appendAudit, type Origin, originFields } from '#lib/audit'
import { type Connector, wordsOf } from '#lib/connector-kit'
import {
  askIn,
  assertLive,
  ceilingOf,
  decideIn,
  expireRequestsIn,
  getRequestIn,
  getSessionIn,
  isApprovedIn,
  latestRequestIn,
  offeredScopes,
  type Request,
  requestStatusOf,
  requestView,
} from '#lib/consent'
import type { ConnectionRequest } from '#lib/consent/schema'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import type { Locale } from '#lib/i18n/schema'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { getOrgIn } from '#lib/tenancy'
import { type Deps, type Open, offeredConnector } from '../context.ts'
import type { RequestScreen } from '../schema.ts'
import { needsApprovalIn, wantedBy } from './admission.ts'

/** Of what an address names, what this session offers, with what it cannot do without. */
function askedScopes(session: Open['session'], connector: Connector, named: readonly string[]): string[] {
  if (named.length === 0) return []
  return offeredScopes(connector, session.scopes[connector.id], ceilingOf(session, connector.id))
    .filter(({ scope, required }) => required || named.includes(scope))
    .map(({ scope }) => scope)
}

/**
 * What a person sees of the approval that a connector needs.
 * @param named the scopes that were chosen; without any, how the last request stands
 * @throws AppError `not_found` for a connector that the session does not offer
 */
export async function requestScreen(
  deps: Deps,
  { tenant, session }: Open,
  connectorId: string,
  named: readonly string[],
  locale: Locale,
): Promise<RequestScreen> {
  assertLive(session)
  const connector = offeredConnector(deps, session, connectorId)
  const scopes = askedScopes(session, connector, named)
  const wanted = wantedBy(session, connector.id, scopes)
  return forOrg(tenant, async (tx) => {
    const organization = await getOrgIn(tx, tenant)
    const last = await latestRequestIn(tx, tenant, wanted)
    const status = last && requestStatusOf(last)
    const of = (names: readonly string[]) =>
      names.map((scope) => {
        const does = wordsOf(connector, locale).scopes[scope]?.does ?? scope
        return { scope, does, risk: connector.scopes[scope]?.risk ?? null }
      })
    const facts = {
      organization: organization.name,
      connector: { id: connector.id, name: connector.name },
      agents: session.agents.map(({ name }) => name),
      scopes: of(scopes.length > 0 ? scopes : (last?.scopes ?? [])),
      note: last?.note ?? null,
      askedAt: last?.created_at.toISOString() ?? null,
      expiresAt: last?.expires_at.toISOString() ?? null,
    }
    if (scopes.length > 0 && !(await needsApprovalIn(tx, tenant, session, connector, scopes)))
      return { ...facts, state: 'not_needed' }
    if (scopes.length > 0 && (await isApprovedIn(tx, tenant, wanted))) return { ...facts, state: 'approved' }
    if (status === 'pending' || status === 'denied' || status === 'expired')
      return { ...facts, state: status === 'pending' ? 'waiting' : status }
    if (status === 'approved') return { ...facts, state: 'approved' }
    return { ...facts, state: scopes.length > 0 ? 'form' : 'not_needed' }
  })
}

/**
 * Asks an administrator, in the person's own words; who asks for what is being asked for already is told of that.
 * @throws AppError `invalid_request`; `conflict` when no approval is needed, or there is one; `rate_limited`
 */
export async function askForApproval(
  deps: Deps,
  { tenant, session, caller }: Open,
  asked: { connector: string; scopes: readonly string[]; reason: string },
  origin: Origin,
): Promise<ConnectionRequest> {
  const connector = offeredConnector(deps, session, asked.connector)
  const scopes = askedScopes(session, connector, asked.scopes)
  const reason = asked.reason.trim()
  if (scopes.length === 0 || reason === '' || reason.length > 500) {
    throw new AppError('invalid_request', { detail: 'Say in one to 500 characters what you need it for.' })
  }
  return forOrg(tenant, async (tx) => {
    assertLive(await getSessionIn(tx, tenant, session.id))
    const wanted = wantedBy(session, connector.id, scopes)
    const free = !(await needsApprovalIn(tx, tenant, session, connector, scopes))
    if (free || (await isApprovedIn(tx, tenant, wanted))) {
      throw new AppError('conflict', { detail: 'This needs no approval any more. You can connect it now.' })
    }
    // One that has just run out would still be in the way.
    await sweepRequestsIn(tx, tenant)
    const open = await tx.connection_requests.count({
      where: { org_id: tenant.orgId, user_id: session.user_id, status: 'pending' },
    })
    if (open >= openMost) {
      throw new AppError('rate_limited', {
        detail: 'You are waiting for many answers already. Try again later.',
      })
    }
    const { request, isNew } = await askIn(tx, tenant, { ...wanted, sessionId: session.id, reason })
    if (isNew) await record(tx, tenant, request, 'created', actorOf(caller), origin)
    return requestView(tenant, request)
  })
}

/** Questions that one person may have open at a time. */
const openMost = 20

export type Decision = { approve: boolean; note: string | null; decidedBy: string | null }

/**
 * An administrator's answer. It is final: who thinks better of it revokes what was connected, or is asked again.
 * @throws AppError `not_found`; `conflict` when it is decided already or has run out; `forbidden` for whoever asked
 */
export async function decideRequest(
  tenant: Tenant,
  caller: Caller,
  id: string,
  { approve, note, decidedBy }: Decision,
  origin: Origin,
): Promise<ConnectionRequest> {
  const member = await memberOf(caller)
  return forOrg(tenant, async (tx) => {
    const { user } = await getRequestIn(tx, tenant, id)
    if (caller.kind === 'end_user' || decidedBy === user.external_id || isSamePerson(member, user)) {
      throw new AppError('forbidden', { detail: 'Nobody may decide what they asked for themselves.' })
    }
    const actor = actorOf(caller)
    const request = await decideIn(tx, tenant, id, {
      status: approve ? 'approved' : 'denied',
      note: note?.trim() || null,
      decidedBy: { ...actor, user_id: decidedBy },
    })
    await record(tx, tenant, request, approve ? 'approved' : 'denied', actor, origin)
    return requestView(tenant, request)
  })
}

type Person = { email: string | null; iss: string | null; sub: string | null }

/** Who a member of the console is, an operator of the deployment included. */
const memberOf = async (caller: Caller): Promise<Person | null> =>
  caller.kind !== 'admin'
    ? null
    : forOrg(caller.home, (tx) =>
        tx.members.findUnique({
          where: { org_id_id: { org_id: caller.home.orgId, id: caller.memberId } },
          select: { email: true, iss: true, sub: true },
        }),
      )

/** Whether a member is the person who asks: by what an identity provider says, or by address. */
function isSamePerson(member: Person | null, user: Person): boolean {
  if (!member) return false
  const sameSubject = member.sub !== null && member.sub === user.sub && member.iss === user.iss
  return sameSubject || (member.email !== null && member.email.toLowerCase() === user.email?.toLowerCase())
}

/** Marks the requests whose time is over. @returns how many */
export const sweepRequests = (tenant: Tenant): Promise<number> =>
  forOrg(tenant, (tx) => sweepRequestsIn(tx, tenant))

async function sweepRequestsIn(tx: Tx, tenant: Tenant): Promise<number> {
  const over = await expireRequestsIn(tx, tenant)
  for (const request of over)
    await record(tx, tenant, request, 'expired', { type: 'system', id: 'sweep' }, null)
  return over.length
}

async function record(
  tx: Tx,
  tenant: Tenant,
  request: Request,
  what: 'created' | 'approved' | 'denied' | 'expired',
  actor: { type: string; id: string },
  origin: Origin | null,
): Promise<void> {
  const facts = {
    connection_request_id: publicId('connection_request', request.id),
    connector: request.connector,
  }
  await appendAudit(tx, tenant, {
    action: `connection_request.${what}`,
    outcome: what === 'denied' ? 'denied' : 'allowed',
    actor,
    user_id: request.user.external_id,
    scopes_required: request.scopes,
    details: { ...facts, connect_session_id: publicId('connect_session', request.session_id) },
    ...(origin && originFields(origin)),
  })
  // What people wrote to each other stays in the request.
  await emit(tx, tenant, `connection_request.${what}`, {
    ...facts,
    user_id: request.user.external_id,
    scopes: request.scopes,
    agents: request.agents,
    status: requestStatusOf(request),
    expires_at: request.expires_at.toISOString(),
  })
}
