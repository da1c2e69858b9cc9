import { appendAudit, type Origin, originFields } from '#lib/audit'
import { config } from '#lib/config'
import {
  accountToRenewIn,
  createSessionIn,
  getSessionIn,
  moveSessionIn,
  offeredScopes,
  sessionView,
  upsertUserIn,
} from '#lib/consent'
import type { ConnectSession, ConnectSessionInput } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf, resolveAgentsIn } from '#lib/identity'
import { publicId } from '#lib/ids'
import { sendsMail } from '#lib/mail'
import type { Caller, Tenant } from '#lib/proof'
import { admitOriginsIn, ensureOrg, portalOrigin, tenantFrom } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import type { Deps } from '../context.ts'
import { assertNothingToConnect } from '../mine/mine.ts'
import { giveBackAnswersIn } from './cancel-sessions.ts'
import { postOf } from './deliver.ts'

export type CreatedSession = ConnectSession & { token: string; url: string; hosted_url: string }

/** Refuses what no configuration could ever satisfy, before anything is written. */
function assertPossible(deps: Deps, input: ConnectSessionInput): void {
  for (const [index, id] of input.connectors.entries()) {
    if (Object.hasOwn(deps.connectors, id)) continue
    throw new AppError('invalid_request', {
      detail: `There is no connector ${id}; GET /api/v1/connectors lists them.`,
      param: 'connectors',
      errors: [{ path: `connectors.${index}`, message: 'is no connector' }],
    })
  }
  for (const [id, scopes] of Object.entries(input.scopes)) {
    const connector = Object.hasOwn(deps.connectors, id) ? deps.connectors[id] : undefined
    if (!connector || (input.connectors.length > 0 && !input.connectors.includes(id))) {
      throw new AppError('invalid_request', {
        detail: `scopes names ${id}, which this session does not offer.`,
        param: `scopes.${id}`,
        errors: [{ path: `scopes.${id}`, message: 'is not offered by this session' }],
      })
    }
    offeredScopes(connector, scopes, null)
  }
  const mails = mailedFor(input)
  if (mails && !sendsMail()) {
    throw new AppError('invalid_request', {
      detail: `${mails} sends mail, and no mail server is configured.`,
      param: mails,
      errors: [{ path: mails, message: 'needs a mail server' }],
    })
  }
}

/** The first field that needs mail, if any does. */
const mailedFor = ({ confirmation, deliver }: ConnectSessionInput): 'confirmation' | 'deliver' | null =>
  confirmation === 'screen' ? 'confirmation' : deliver ? 'deliver' : null

/** @throws AppError `invalid_request` where something is to be mailed and nobody has said to which address */
function assertAddress(input: ConnectSessionInput, email: string | null): void {
  const mails = mailedFor(input)
  if (mails === null || email !== null) return
  throw new AppError('invalid_request', {
    detail: `${mails} sends mail, and the address of this user is not known. Say it in user.email.`,
    param: 'user.email',
    errors: [{ path: 'user.email', message: 'is needed for mail' }],
  })
}

/**
 * Invites an end user to connect. Org and user are made if new.
 * @returns the session with its token and links, which are never shown again
 */
export async function createSession(
  deps: Deps,
  caller: Caller,
  input: ConnectSessionInput,
  origin: Origin,
): Promise<CreatedSession> {
  assertNothingToConnect(input)
  assertPossible(deps, input)
  const tenant = input.org_id
    ? await ensureOrg(caller, input.org_id, prepareOrgKeys)
    : await tenantFrom(caller, undefined)
  const wanted = [
    ...(input.return_url ? [{ origin: new URL(input.return_url).origin, param: 'return_url' }] : []),
    ...input.embed_origins.map((embed) => ({ origin: embed, param: 'embed_origins' })),
  ]
  const post = input.deliver ? await postOf(tenant) : null
  const base = await portalOrigin(tenant, config().publicUrl)
  const { session, secrets } = await forOrg(tenant, async (tx) => {
    await admitOriginsIn(tx, tenant, wanted)
    const userId = await upsertUserIn(tx, tenant, input.user_id, input.user)
    const account = await accountToRenewIn(tx, tenant, input.connected_account_id, userId)
    const connectors = account ? [account.connector] : input.connectors
    const created = await createSessionIn(
      tx,
      tenant,
      { ...input, connectors },
      {
        userId,
        agents: await resolveAgentsIn(tx, tenant, input.agents, caller),
        accountId: account?.id ?? null,
        createdBy: actorOf(caller),
      },
    )
    const { email, name } = created.session.user
    assertAddress(input, email)
    if (post && email !== null) {
      const { id, expires_at, locale, purpose, kind } = created.session
      const url = `${base}/c/${created.secrets.link}`
      await post(
        tx,
        id,
        { kind: 'link', to: email, locale, person: name, url, purpose, manages: kind === 'manage' },
        expires_at,
      )
    }
    await appendAudit(tx, tenant, {
      action: 'connect_session.created',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: input.user_id,
      connected_account_id: account && publicId('connected_account', account.id),
      details: {
        connect_session_id: publicId('connect_session', created.session.id),
        ...(input.deliver && { delivered_by: 'email' }),
      },
      ...originFields(origin),
    })
    return created
  })
  const view = sessionView(tenant, session)
  return {
    ...view,
    token: secrets.token,
    url: `${base}/connect/${view.id}#token=${secrets.token}`,
    hosted_url: `${base}/c/${secrets.link}`,
  }
}

/** Withdraws an invitation. @throws AppError `not_found`; `session_used` when it is over already */
export const cancelSession = (tenant: Tenant, caller: Caller, id: string, origin: Origin): Promise<void> =>
  forOrg(tenant, async (tx) => {
    const session = await getSessionIn(tx, tenant, id)
    await moveSessionIn(tx, tenant, id, ['open', 'authorizing', 'awaiting_confirmation'], 'cancelled')
    await giveBackAnswersIn(tx, tenant)
    await tx.connect_attempts.updateMany({
      where: { org_id: tenant.orgId, session_id: id, status: 'started' },
      data: { status: 'discarded' },
    })
    await appendAudit(tx, tenant, {
      action: 'connect_session.cancelled',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      details: { connect_session_id: publicId('connect_session', id) },
      ...originFields(origin),
    })
  })
