import { randomBytes } from 'node:crypto'
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { config } from '#lib/config'
import { algorithms, proofAlgorithms } from '#lib/identity'
import { authorizationDetail, authorizationDetails } from '#lib/scopes/schema'
import { parseAccount } from './account.ts'
import { asked } from './asked.ts'
import { Clients } from './clients/adapter.ts'
import { fetchForClients } from './clients/documents.ts'
import { deviceSources } from './flow/device-sources.ts'
import { loadExistingGrant } from './flow/grant.ts'
import { interactionPolicy } from './flow/policy.ts'
import { cookieNames, derivedKey, interactionPath, routes } from './issuer.ts'
import { pages } from './pages.ts'
import { noteReplay } from './replays.ts'
import { defaultResource, findResource } from './resources.ts'
import { allScopes, resourceScopes } from './scopes.ts'
import { activeAccount, standingOf } from './standing.ts'
import { Records } from './store/adapter.ts'
import { accessTokenSeconds } from './tokens/claims.ts'
import { consentIn } from './tokens/sign-tokens.ts'

const hourSeconds = 3_600
const daySeconds = 24 * hourSeconds

/** A code that comes twice was stolen: what was given for it is taken back (RFC 6749 §10.5). */
async function onReplay(grantId: string | undefined): Promise<never> {
  if (grantId !== undefined) {
    const records = new Records('Grant', onReplay)
    await Promise.all([records.revokeByGrantId(grantId), records.destroy(grantId)])
    noteReplay(grantId, null, 'at once')
  }
  throw new errors.InvalidGrant('already used')
}

const cookie = { httpOnly: true, sameSite: 'lax', overwrite: true } as const

export const configuration = (unusedKey: object): Configuration => ({
  adapter: (name: string) => (name === 'Client' ? new Clients() : new Records(name, onReplay)),
  clients: [],
  jwks: { keys: [unusedKey as never] },
  routes,
  scopes: [...allScopes],
  claims: {},
  responseTypes: ['code'],
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  clientDefaults: {
    id_token_signed_response_alg: 'ES256',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  },
  enabledJWA: {
    clientAuthSigningAlgValues: [...algorithms] as never[],
    dPoPSigningAlgValues: [...proofAlgorithms] as never[],
    idTokenSigningAlgValues: ['ES256'],
  },
  cookies: {
    names: cookieNames,
    keys: [derivedKey('cookies').toString('base64url')],
    long: { ...cookie, path: '/oauth' },
    short: cookie,
  },
  pkce: { required: () => true },
  extraParams: { behalf_ask: onAsk, behalf_max_age: null, ui_locales: null },
  fetch: fetchForClients,
  // A document that describes a client, or its keys.
  fetchResponseBodyLimits: { 'client_id metadata document': 5 * 1024, jwks_uri: 64 * 1024 } as never,
  features: {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', ...deviceSources },
    dPoP: { enabled: true, nonceSecret: derivedKey('nonces'), requireNonce: () => false },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) =>
        client.clientAuthMethod !== 'none' && token.clientId === client.clientId,
    },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      getCertificate: () => asked().certificate ?? undefined,
    },
    pushedAuthorizationRequests: { enabled: true },
    registration: {
      enabled: config().oauth.registration,
      initialAccessToken: false,
      idFactory: () => `cl_${randomBytes(16).toString('hex')}`,
      secretFactory: () => randomBytes(32).toString('base64url'),
    },
    registrationManagement: { enabled: config().oauth.registration, rotateRegistrationAccessToken: true },
    clientIdMetadataDocument: {
      enabled: config().oauth.registration,
      ack: 'draft-02',
      cacheDuration: { min: 60, max: hourSeconds },
      allowFetch: () => true,
      allowClient: () => true,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_ctx, _client, oneOf) =>
        (oneOf && oneOf.length === 1 && oneOf[0]) || defaultResource(),
      useGrantedResource: () => true,
      getResourceServerInfo: async (ctx, resource) => {
        const { resource: all } = ctx.oidc.params ?? {}
        if (Array.isArray(all) && all.length > 1) throw new errors.InvalidTarget('one resource at a time')
        if (!(await findResource(resource))) throw new errors.InvalidTarget()
        return { scope: resourceScopes.join(' '), audience: resource, accessTokenTTL: accessTokenSeconds }
      },
    },
    richAuthorizationRequests: {
      enabled: true,
      types: { behalf_tool_call: { validate: validateDetail } },
      authorizationDetailsForGrantSource: (ctx) => ctx.oidc.entities.Grant?.rar,
      authorizationDetailsForAccessToken: detailsForToken,
      authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
    },
  },
  clientBasedCORS: (_ctx, _origin, client) => client.clientAuthMethod === 'none',
  expiresWithSession: () => false,
  issueRefreshToken: (ctx, client) =>
    client.grantTypeAllowed('refresh_token') &&
    Reflect.get(ctx.oidc.entities.Grant ?? {}, 'offline') === true,
  rotateRefreshToken: () => true,
  findAccount: async (ctx, accountId, source) => {
    const account = parseAccount(accountId)
    if (!account || !(await activeAccount(account))) return undefined
    if (source !== undefined) {
      const { Grant: grant } = ctx.oidc.entities
      const consent = grant && consentIn(grant)
      const standing = consent === undefined ? null : await standingOf(consent, account)
      if (standing?.clientId !== ctx.oidc.client?.clientId) return undefined
    }
    return { accountId, claims: () => ({ sub: accountId }) }
  },
  loadExistingGrant,
  interactions: { policy: interactionPolicy(), url: (_ctx, { uid }) => interactionPath(uid) },
  ttl: {
    AccessToken: accessTokenSeconds,
    AuthorizationCode: 60,
    ClientCredentials: accessTokenSeconds,
    DeviceCode: 600,
    Grant: 365 * daySeconds,
    Interaction: hourSeconds,
    RefreshToken: 30 * daySeconds,
    Session: 12 * hourSeconds,
  },
  renderError: async (ctx, out) => {
    ctx.type = 'html'
    ctx.body = await pages().error({
      error: out.error,
      description: out.error_description ?? '',
      headers: new Headers(headersOf(ctx)),
    })
  },
})

const headersOf = (ctx: KoaContextWithOIDC): [string, string][] =>
  Object.entries(ctx.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))

/** The front says `none` where scopes were asked for and none of them is one of ours. */
function onAsk(_ctx: KoaContextWithOIDC, value: string | undefined): void {
  if (value === 'none') throw new errors.InvalidScope('none of the scopes is one that there is', 'scope')
}

function validateDetail(_ctx: KoaContextWithOIDC, detail: unknown): void {
  const parsed = authorizationDetail.safeParse(detail)
  const issue = parsed.error?.issues[0]
  if (issue) throw new errors.InvalidAuthorizationDetails(`${issue.path.join('.')}: ${issue.message}`)
}

type Details = readonly Readonly<Record<string, unknown>>[]

/** What a token is narrowed to: what its source is, and of that what is asked for, word for word. */
function detailsForToken(
  ctx: KoaContextWithOIDC,
  _token: unknown,
  source: { rar?: Details | undefined } | undefined,
): never {
  const text = ctx.oidc.params?.authorization_details
  const granted = source?.rar
  if (typeof text !== 'string') return granted as never
  const wanted = authorizationDetails.safeParse(JSON.parse(text))
  if (!wanted.success) throw new errors.InvalidAuthorizationDetails('not an array of details')
  const known = granted?.map((detail) => JSON.stringify(authorizationDetail.parse(detail)))
  if (known && !wanted.data.every((detail) => known.includes(JSON.stringify(detail))))
    throw new errors.InvalidAuthorizationDetails('more than was granted')
  return wanted.data as never
}
