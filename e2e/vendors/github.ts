import { z } from 'zod'
import { type Answer, asIs, clientOf, type Dialect, isClient, json, upstreamToken } from './dialect.ts'

const onRepositories = [['repo'], ['public_repo']]
const docs = 'https://docs.github.com/rest'

/** GitHub answers its token endpoint as a form unless JSON is asked for, and with 200 even when it refuses. */
function inTokenForm(body: Record<string, string>, accept: string): Answer {
  if (accept.includes('application/json')) return json(200, body)
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  return { status: 200, headers, body: new URLSearchParams(body).toString() }
}

export const github: Dialect = {
  authority: { pkce: 'required', refresh: 'none', accessTtlSeconds: null },
  tokenPrefix: 'gho',
  authorizePath: '/login/oauth/authorize',
  tokenPath: '/login/oauth/access_token',
  assumed: { responseType: 'code', grantType: 'authorization_code' },
  scopeParam: 'scope',
  scopeDelimiter: /[\s,]+/,
  fixedScopes: [],
  clientAuth: ['post'],
  issuer: (url) => `${url}/login/oauth`,
  tokens: async (tokens, { accept }) =>
    inTokenForm(
      { access_token: tokens.accessToken, token_type: 'bearer', scope: tokens.scopes.join(',') },
      accept,
    ),
  refuseToken: (why, accept) => {
    const error = {
      bad_client: 'incorrect_client_credentials',
      bad_redirect_uri: 'redirect_uri_mismatch',
      bad_refresh_token: 'bad_refresh_token',
      bad_grant_type: 'unsupported_grant_type',
      bad_code: 'bad_verification_code',
      bad_verifier: 'bad_verification_code',
    }[why]
    return inTokenForm(
      { error, error_description: `The request was refused: ${why}.`, error_uri: docs },
      accept,
    )
  },
  refuseCall: (why, needed) =>
    why === 'scope'
      ? json(
          403,
          { message: 'Resource not accessible by this token', documentation_url: docs, status: '403' },
          { 'x-accepted-oauth-scopes': needed.join(', ') },
        )
      : json(401, {
          message: why === 'missing' ? 'Requires authentication' : 'Bad credentials',
          documentation_url: docs,
          status: '401',
        }),
  own: async (request, authority, client) => {
    const named = /^\/applications\/([^/]+)\/token$/.exec(request.path)?.[1]
    if (request.method !== 'DELETE' || named === undefined) return null
    if (!isClient(clientOf(request, ['basic']), client) || decodeURIComponent(named) !== client.clientId) {
      return json(401, { message: 'Bad credentials', status: '401' })
    }
    const body = z.object({ access_token: z.string() }).safeParse(JSON.parse(request.body || '{}'))
    if (!body.success) return json(422, { message: 'Validation Failed', status: '422' })
    return authority.revoke(body.data.access_token, 'token')
      ? { status: 204, body: '' }
      : json(404, { message: 'Not Found', status: '404' })
  },
  rights: [
    { method: 'GET', path: /^\/user$/, scopes: [[]] },
    { method: 'GET', path: /^\/user\/repos$/, scopes: onRepositories },
    { method: 'GET', path: /^\/repos\/[^/]+\/[^/]+\/(contents|issues|pulls)(\/|$)/, scopes: onRepositories },
    { method: 'POST', path: /^\/repos\/[^/]+\/[^/]+\/issues(\/\d+\/comments)?$/, scopes: onRepositories },
    { method: 'GET', path: /^\/search\/issues$/, scopes: onRepositories },
    { method: 'GET', path: /^\/notifications$/, scopes: [['notifications'], ['repo']] },
  ],
  forward: asIs,
  seed: {
    tokens: { [upstreamToken]: { login: 'ana-souza', scopes: ['repo', 'user'] } },
    github: {
      users: [{ login: 'ana-souza', name: 'Ana Souza', email: 'ana@acme.test' }],
      repos: [
        { owner: 'ana-souza', name: 'garden', description: 'A plan for the garden', auto_init: true },
        { owner: 'ana-souza', name: 'recipes', description: 'What to cook', auto_init: true },
      ],
    },
  },
  person: async (call) => {
    const { id, login } = z.object({ id: z.number(), login: z.string() }).parse(await call('GET', '/user'))
    return { id: String(id), email: 'ana@acme.test', name: login }
  },
}
