import { createHash } from 'node:crypto'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { appendAudit } from '#lib/audit'
import { config } from '#lib/config'
import { forOrg, readForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { type AgentClient, agentClient, readProof, spendOnce } from '#lib/identity'
import { deploymentOrgId, parseId } from '#lib/ids'
import { currentTrace } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { authorizationDetails } from '#lib/scopes/schema'
import { asked } from '../asked.ts'
import type { ExtraGrant } from '../grants.ts'
import { issuer, routes } from '../issuer.ts'
import { defaultResource, findResource, type Resource } from '../resources.ts'
import { words } from '../scopes.ts'
import { type AccessTokenFacts, accessTokenSeconds } from '../tokens/claims.ts'
import { issueAccessToken } from '../tokens/issue.ts'
import { exchanged } from './chain.ts'
import { type Proven, proveSubject, tokenTypes } from './subject.ts'

type Params = Readonly<Record<string, unknown>>

const text = (params: Params, name: string): string | null => {
  const value = params[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/**
 * Exchanges a user's authority, or what another agent was lent of it, for a token of the agent that asks.
 * @see RFC 8693
 */
async function exchange(ctx: KoaContextWithOIDC): Promise<void> {
  const params: Params = ctx.oidc.params ?? {}
  const { agent, boundTo } = await actorOf(ctx, params)
  const token = text(params, 'subject_token')
  if (token === null) throw new errors.InvalidRequest("missing required parameter 'subject_token'")
  const wantedType = text(params, 'requested_token_type')
  if (wantedType !== null && wantedType !== tokenTypes.accessToken)
    throw new errors.InvalidRequest('requested_token_type must be that of an access token')
  const proven = await proveSubject(token, text(params, 'subject_token_type') ?? '')
  const { tenant, subject } = proven
  const standing = await agentIn(tenant, agent)
  const resource = await resourceFor(params, proven, agent)
  const cnf = await bindingFor(ctx, tenant, { subject_token: proven.boundTo, actor_token: boundTo })
  const wanted = {
    agent: agent.clientId,
    scopes: words(text(params, 'scope') ?? undefined),
    authorizationDetails: detailsIn(params),
  }
  const result = exchanged(subject, wanted, config().tokens.delegationDepthMax)
  if (proven.once && !(await spendOnce(tenant, 'user_assertion', proven.once.parts, proven.once.expiresAt)))
    throw new errors.InvalidRequest('the subject_token is not acceptable')
  const left =
    subject.expiresAt === null ? accessTokenSeconds : subject.expiresAt - Math.floor(Date.now() / 1000)
  if (left < 1) throw new errors.InvalidRequest('the subject_token is not acceptable')
  const facts: AccessTokenFacts = {
    resource,
    scopes: result.scopes,
    org: tenant.externalId,
    clientId: agent.clientId,
    agent: agent.clientId,
    ...standing,
    user: result.user,
    via: result.via,
    grantId: proven.grantId && parseId('agent_grant', proven.grantId),
    ...(result.authorizationDetails && { authorizationDetails: result.authorizationDetails }),
    ...(cnf && { cnf }),
    seconds: left,
  }
  const issued = await issueAccessToken(facts, proven.jti)
  await recorded(tenant, agent, facts)
  ctx.body = {
    access_token: issued.token,
    issued_token_type: tokenTypes.accessToken,
    token_type: cnf && 'jkt' in cnf ? 'DPoP' : 'Bearer',
    expires_in: issued.expiresIn,
    scope: issued.claims.scope,
    ...(result.authorizationDetails && { authorization_details: result.authorizationDetails }),
  }
}

/** The actor is whoever has proven itself as the client; a token of its own says nothing more, and another's is none. */
async function actorOf(
  ctx: KoaContextWithOIDC,
  params: Params,
): Promise<{ agent: AgentClient; boundTo: Proven['boundTo'] }> {
  const clientId = ctx.oidc.client?.clientId ?? ''
  const agent = clientId.startsWith('ag_') ? await agentClient(clientId) : null
  if (!agent) throw new errors.UnauthorizedClient('only a registered agent acts on behalf of others')
  const token = text(params, 'actor_token')
  const type = text(params, 'actor_token_type')
  if ((token === null) !== (type === null))
    throw new errors.InvalidRequest('actor_token and actor_token_type come together')
  if (token === null || type === null) return { agent, boundTo: {} }
  const proven = type === tokenTypes.accessToken ? await proveSubject(token, type).catch(asNull) : null
  if (proven?.subject.sub !== clientId || proven.subject.actors.length !== 1)
    throw new errors.InvalidRequest("the actor_token is not the client's own")
  return { agent, boundTo: proven.boundTo }
}

const asNull = (error: unknown) => {
  if (error instanceof errors.InvalidRequest) return null
  throw error
}

const byAgent = {
  name: 'oauth_exchanging_agent',
  text: `s AS (SELECT) SELECT f.* FROM ctx CROSS JOIN LATERAL (
    SELECT a.team, a.environment FROM agents a WHERE a.org_id = $2::uuid AND a.id = $3::uuid AND a.disabled_at IS NULL
      AND (a.org_id = ctx.org OR EXISTS (SELECT FROM agent_admissions ad
        WHERE ad.org_id = ctx.org AND ad.agent_org_id = a.org_id AND ad.agent_id = a.id)) LIMIT 1) f`,
}

/** An agent acts in its own org, or one of the deployment's where it was let in. */
async function agentIn(
  tenant: Tenant,
  { home, agentId }: AgentClient,
): Promise<Pick<AccessTokenFacts, 'team' | 'environment'>> {
  const ours = home.orgId === tenant.orgId || home.orgId === deploymentOrgId
  type Row = { team: string | null; environment: string | null }
  const [row] = ours ? await readForOrg<Row>(tenant, byAgent, [home.orgId, agentId]) : []
  // Another org's user is as unknown as one that never was.
  if (!row) throw new errors.InvalidRequest('the subject_token is not acceptable')
  return row
}

const kinds = ['api', 'mcp', 'org', 'toolset'] as const

/** Whether a token for one resource reaches all that one for the other does. */
const covers = (from: Resource, to: Resource): boolean =>
  kinds.indexOf(from.kind) <= kinds.indexOf(to.kind) &&
  (from.kind !== 'toolset' || (to.kind === 'toolset' && from.toolsetId === to.toolsetId))

/** @throws OAuth error `invalid_target` for what is not ours, another org's, or wider than what is exchanged */
async function resourceFor(params: Params, { tenant, subject }: Proven, agent: AgentClient): Promise<string> {
  const named = [params.resource, params.audience]
    .flat()
    .filter((value): value is string => typeof value === 'string' && value !== '')
  const [uri = subject.resource ?? defaultResource(), ...others] = [...new Set(named)]
  if (others.length > 0) throw new errors.InvalidTarget('one resource at a time')
  const found = await findResource(uri)
  const foreign = found?.tenant && found.tenant.orgId !== tenant.orgId
  const another = found?.kind === 'toolset' && found.agent && found.agent.id !== agent.agentId
  if (!found || foreign || another) throw new errors.InvalidTarget('there is no such resource for this agent')
  const from = subject.resource === null ? null : await findResource(subject.resource)
  if (subject.resource !== null && (!from || !covers(from, found)))
    throw new errors.InvalidTarget('more than the subject_token is good at')
  return uri
}

function detailsIn(params: Params) {
  const given = text(params, 'authorization_details')
  if (given === null) return null
  try {
    return authorizationDetails.parse(JSON.parse(given))
  } catch {
    throw new errors.InvalidAuthorizationDetails('not an array of details that there are')
  }
}

/**
 * What the new token is bound to. A token that is bound itself, the subject's as the actor's, is handed in by whoever holds
 * that key alone (RFC 9449, RFC 8705): else a stolen one would be worth something after all.
 */
async function bindingFor(
  ctx: KoaContextWithOIDC,
  tenant: Tenant,
  handedIn: Readonly<Record<string, Proven['boundTo']>>,
): Promise<AccessTokenFacts['cnf']> {
  const jkt = await proofIn(ctx, tenant)
  const { certificate } = asked()
  const x5t =
    certificate === null
      ? undefined
      : createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('base64url')
  for (const [name, to] of Object.entries(handedIn))
    if ((to.jkt !== undefined && to.jkt !== jkt) || (to.x5t !== undefined && to.x5t !== x5t))
      throw new errors.InvalidRequest(`the ${name} is bound to another key`)
  if (jkt !== undefined) return { jkt }
  return x5t === undefined ? undefined : { 'x5t#S256': x5t }
}

async function proofIn(ctx: KoaContextWithOIDC, tenant: Tenant): Promise<string | undefined> {
  const proof = ctx.get('dpop')
  if (proof === '') return undefined
  const url = `${issuer()}${routes.token}`
  try {
    const read = await readProof(url, { proof, token: null, method: 'POST', url })
    if (await spendOnce(tenant, 'dpop', [read.thumbprint, read.jti], read.expiresAt)) return read.thumbprint
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'unauthenticated')) throw error
  }
  throw new errors.InvalidDpopProof('the DPoP proof is not valid for this request, or was used')
}

const recorded = (
  tenant: Tenant,
  agent: AgentClient,
  { user, via = [], scopes, resource }: AccessTokenFacts,
) =>
  forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: 'token.exchanged',
      outcome: 'allowed',
      actor: { type: 'agent', id: agent.agentId },
      agent_id: agent.clientId,
      trace_id: currentTrace()?.traceId ?? null,
      ip: asked().from,
      details: {
        actors: [agent.clientId, ...via, ...(user?.startsWith('ag_') ? [user] : [])],
        ...(user !== null && { on_behalf_of: user }),
        scopes: [...scopes],
        resource,
      },
    }),
  )

/** Grants by which one token is exchanged for another. */
export const exchangeGrants: readonly ExtraGrant[] = [
  {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    parameters: [
      ...['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type', 'requested_token_type'],
      ...['resource', 'audience', 'scope', 'authorization_details'],
    ],
    handler: exchange,
  },
]
