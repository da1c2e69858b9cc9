import { errors, type Interaction as Waiting } from 'oidc-provider'
import { AppError } from '#lib/errors'
import { accountOf, parseAccount } from '../account.ts'
import { askingClient } from '../asking-client.ts'
import { toNode } from '../bridge.ts'
import { localesIn } from '../consent/asked-locales.ts'
import type { Decision, Interaction } from '../interaction.ts'
import { provider } from '../provider.ts'
import { defaultResource, findResource } from '../resources.ts'
import { offlineAccess, words } from '../scopes.ts'
import { standingOf } from '../standing.ts'
import { grantFor } from './grant.ts'

/** Whatever carries the cookie of an interaction: a request, or the headers that a page is drawn for. */
export type Carrier = { headers: Headers }

const detailsOf = (text: unknown): Record<string, unknown>[] =>
  typeof text === 'string' ? (JSON.parse(text) as Record<string, unknown>[]) : []

/** @throws AppError `session_expired` where there is none, or it belongs to another browser or person */
async function waiting({ headers }: Carrier): Promise<Waiting> {
  const { req, res } = await toNode(new Request('http://page/', { headers }), { asIs: true })
  try {
    return await provider().interactionDetails(req, res)
  } catch (error) {
    if (error instanceof errors.SessionNotFound) throw new AppError('session_expired', {}, { cause: error })
    throw error
  }
}

/**
 * What the client waits for, in the browser that this came from.
 * @param uid as in the address of the page; the cookie must be of the same one
 * @throws AppError `session_expired` for one that is over, was never this browser's, or whose client is gone
 */
export async function readInteraction(carrier: Carrier, uid?: string): Promise<Interaction> {
  const found = await waiting(carrier)
  if (uid !== undefined && uid !== found.uid) throw new AppError('session_expired')
  return shown(found)
}

async function shown({ uid, prompt, params, session }: Waiting): Promise<Interaction> {
  const client = await provider().Client.find(String(params.client_id))
  if (!client) throw new AppError('session_expired')
  const resource = resourceOf(params)
  const found = await findResource(resource)
  if (!found) throw new AppError('session_expired')
  const redirectUri = typeof params.redirect_uri === 'string' ? params.redirect_uri : undefined
  const scopes = words(typeof params.scope === 'string' ? params.scope : '')
  return {
    uid,
    prompt: prompt.name === 'login' ? 'login' : 'consent',
    client: askingClient(client, redirectUri),
    scopes: [...scopes, ...(params.behalf_ask === 'offline' ? [offlineAccess] : [])],
    resource,
    orgId: found.tenant?.externalId ?? null,
    authorizationDetails: detailsOf(params.authorization_details),
    locales: localesIn(params.ui_locales),
    account: parseAccount(session?.accountId ?? ''),
  }
}

const resourceOf = ({ resource }: Record<string, unknown>): string =>
  String((Array.isArray(resource) ? resource[0] : resource) ?? defaultResource())

/**
 * Answers what the client waits for, and sends the browser back to the authorization server, which looks at everything
 * again before it answers the client.
 * @throws AppError `session_expired`; `conflict` for an answer to what was not asked; `forbidden` for a person of another
 *   org than the resource's, and for a consent that is not in force or not theirs, or wider than what was asked for
 */
export async function answerInteraction(carrier: Carrier, decision: Decision): Promise<Response> {
  const found = await waiting(carrier)
  const result = await resultOf(found, decision)
  found.result = result
  await found.save(found.exp - Math.floor(Date.now() / 1000))
  return new Response(null, {
    status: 303,
    headers: { location: found.returnTo, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}

async function resultOf(found: Waiting, decision: Decision): Promise<NonNullable<Waiting['result']>> {
  if (decision.kind === 'refused') return { error: 'access_denied', error_description: 'the person refused' }
  if (decision.kind === 'signed_in') return signIn(found, decision)
  return consent(found, decision)
}

async function signIn(
  found: Waiting,
  { account, authTime }: Decision & { kind: 'signed_in' },
): Promise<NonNullable<Waiting['result']>> {
  const { orgId } = await shown(found)
  const resource = await findResource(resourceOf(found.params))
  if (orgId !== null && resource?.tenant?.orgId !== account.orgId) throw new AppError('forbidden')
  const accountId = accountOf(account)
  const ts = Math.floor(authTime.getTime() / 1000)
  // Another person in the same browser: what the one before agreed to is not theirs.
  if (found.session?.uid !== undefined && found.session.accountId !== accountId) {
    const session = await provider().Session.findByUid(found.session.uid)
    if (session) {
      session.loginAccount({ accountId, loginTs: ts })
      session.authorizations = {}
      await session.persist()
      found.session = { ...found.session, accountId }
    }
  }
  return { login: { accountId, ts, remember: true } }
}

async function consent(
  found: Waiting,
  { grantId, scopes }: Decision & { kind: 'consented' },
): Promise<NonNullable<Waiting['result']>> {
  if (found.prompt.name !== 'consent') throw new AppError('conflict')
  const asked = await shown(found)
  const accountId = found.session?.accountId
  const standing = asked.account && (await standingOf(grantId, asked.account))
  const theirs = standing?.clientId === asked.client.clientId && standing.resource === asked.resource
  const within = scopes.every((scope) => asked.scopes.includes(scope))
  if (!standing || !theirs || !within || accountId === undefined) throw new AppError('forbidden')
  const details = asked.authorizationDetails
  const grant = await grantFor(provider(), { accountId, consent: standing, scopes, details })
  return { ...found.lastSubmission, consent: { grantId: grant.jti } }
}
