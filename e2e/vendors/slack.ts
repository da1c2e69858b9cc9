import { z } from 'zod'
import { bearerOf, type Dialect, json, type Right, upstreamToken } from './dialect.ts'

const method = (name: string, ...scopes: string[]): Right[] =>
  ['GET', 'POST'].map((verb) => ({
    method: verb,
    path: new RegExp(`^/api/${name.replaceAll('.', '\\.')}$`),
    scopes: [scopes],
  }))

/** Slack refuses with HTTP 200. */
const no = (error: string, more: Record<string, string> = {}) => json(200, { ok: false, error, ...more })

export const slack: Dialect = {
  authority: { pkce: 'optional', refresh: 'single_use', accessTtlSeconds: 43_200 },
  tokenPrefix: 'xoxe.xoxp',
  authorizePath: '/oauth/v2/authorize',
  tokenPath: '/api/oauth.v2.access',
  assumed: { responseType: 'code', grantType: 'authorization_code' },
  scopeParam: 'user_scope',
  scopeDelimiter: /[\s,]+/,
  fixedScopes: [],
  clientAuth: ['basic', 'post'],
  issuer: () => null,
  tokens: async (tokens, { person, refreshed }) => {
    const token = {
      scope: tokens.scopes.join(','),
      access_token: tokens.accessToken,
      token_type: 'user',
      ...(tokens.refreshToken ? { refresh_token: tokens.refreshToken } : {}),
      ...(tokens.expiresInSeconds === null ? {} : { expires_in: tokens.expiresInSeconds }),
    }
    const team = { id: 'T000000001', name: 'Acme' }
    const about = { ok: true, app_id: 'A0STRICT', team, enterprise: null, is_enterprise_install: false }
    return refreshed
      ? json(200, { ...about, ...token, user_id: person.id })
      : json(200, { ...about, authed_user: { id: person.id, ...token } })
  },
  refuseToken: (why) =>
    no(
      {
        bad_client: 'bad_client_secret',
        bad_redirect_uri: 'bad_redirect_uri',
        bad_refresh_token: 'invalid_refresh_token',
        bad_grant_type: 'invalid_grant_type',
        bad_code: 'invalid_code',
        bad_verifier: 'invalid_code',
      }[why],
    ),
  refuseCall: (why, needed) => {
    if (why === 'scope') return no('missing_scope', { needed: needed.join(',') })
    return no(
      { missing: 'not_authed', unknown: 'invalid_auth', expired: 'token_expired', revoked: 'token_revoked' }[
        why
      ],
    )
  },
  own: async (request, authority) => {
    if (request.path !== '/api/auth.revoke') return null
    const token = bearerOf(request)
    if (token === null) return no('not_authed')
    return authority.revoke(token, 'token') ? json(200, { ok: true, revoked: true }) : no('invalid_auth')
  },
  rights: [
    ...method('auth.test'),
    ...method('conversations.list', 'channels:read'),
    ...method('conversations.history', 'channels:history'),
    ...method('conversations.replies', 'channels:history'),
    ...method('users.info', 'users:read'),
    ...method('users.list', 'users:read'),
    ...method('search.messages', 'search:read'),
    { method: 'POST', path: /^\/api\/chat\.postMessage$/, scopes: [['chat:write']] },
  ],
  // Slack takes a GET for what it reads; the emulator takes only the form that Slack takes as well.
  forward: ({ method: verb, path, query, body, headers }) => ({
    method: 'POST',
    path,
    query: new URLSearchParams(),
    body: verb === 'GET' ? query.toString() : body,
    contentType:
      verb === 'GET' ? 'application/x-www-form-urlencoded' : (headers['content-type'] ?? 'application/json'),
  }),
  seed: {
    tokens: { [upstreamToken]: { login: 'ana' } },
    slack: {
      team: { name: 'Acme', domain: 'acme' },
      users: [{ name: 'ana', real_name: 'Ana Souza', email: 'ana@acme.test' }],
      channels: [
        { name: 'general', topic: 'Everything' },
        { name: 'garden', topic: 'The garden' },
      ],
    },
  },
  person: async (call) => {
    const me = z.object({ user_id: z.string(), user: z.string() })
    const { user_id, user } = me.parse(await call('POST', '/api/auth.test'))
    return { id: user_id, email: 'ana@acme.test', name: user }
  },
}
