import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { z } from 'zod'
import { asIs, type Dialect, json, upstreamToken } from './dialect.ts'

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`
const keyId = 'strict-front'
const keys = generateKeyPair('RS256')

/** Google answers these under their long names, whichever was asked for. */
const long: Readonly<Record<string, string>> = {
  email: scope('userinfo.email'),
  profile: scope('userinfo.profile'),
}

const refusal = (code: number, status: string, reason: string, headers: Record<string, string>) =>
  json(
    code,
    { error: { code, message: reason, status, errors: [{ message: reason, domain: 'global', reason }] } },
    headers,
  )

export const google: Dialect = {
  authority: { pkce: 'required', refresh: 'reusable', accessTtlSeconds: 3599 },
  tokenPrefix: 'ya29',
  authorizePath: '/o/oauth2/v2/auth',
  tokenPath: '/token',
  assumed: { responseType: '', grantType: '' },
  scopeParam: 'scope',
  scopeDelimiter: /\s+/,
  fixedScopes: ['openid', 'email', 'profile'],
  clientAuth: ['post', 'basic'],
  issuer: (url) => url,
  tokens: async (tokens, { url, client, person, refreshed }) => {
    const { privateKey } = await keys
    const claims = { email: person.email, email_verified: true, name: person.name }
    const idToken = new SignJWT(
      refreshed || tokens.nonce === null ? claims : { ...claims, nonce: tokens.nonce },
    )
      .setProtectedHeader({ alg: 'RS256', kid: keyId })
      .setIssuer(url)
      .setAudience(client.clientId)
      .setSubject(person.id)
      .setIssuedAt()
      .setExpirationTime('1h')
    return json(200, {
      access_token: tokens.accessToken,
      expires_in: tokens.expiresInSeconds,
      scope: tokens.scopes.map((name) => long[name] ?? name).join(' '),
      token_type: 'Bearer',
      ...(tokens.refreshToken ? { refresh_token: tokens.refreshToken } : {}),
      ...(tokens.scopes.includes('openid') ? { id_token: await idToken.sign(privateKey) } : {}),
    })
  },
  refuseToken: (why) => {
    if (why === 'bad_client') {
      return json(401, { error: 'invalid_client', error_description: 'Unauthorized' })
    }
    const error = {
      bad_redirect_uri: 'redirect_uri_mismatch',
      bad_grant_type: 'unsupported_grant_type',
      bad_refresh_token: 'invalid_grant',
      bad_code: 'invalid_grant',
      bad_verifier: 'invalid_grant',
    }[why]
    const description = why === 'bad_refresh_token' ? 'Token has been expired or revoked.' : 'Bad Request'
    return json(400, { error, error_description: description })
  },
  refuseCall: (why, needed) =>
    why === 'scope'
      ? refusal(403, 'PERMISSION_DENIED', 'insufficientPermissions', {
          'www-authenticate': `Bearer error="insufficient_scope", scope="${needed.join(' ')}"`,
        })
      : refusal(401, 'UNAUTHENTICATED', 'authError', { 'www-authenticate': 'Bearer error="invalid_token"' }),
  own: async (request, authority, _client, url) => {
    const route = `${request.method} ${request.path}`
    if (route === 'POST /revoke') {
      const token = new URLSearchParams(request.body).get('token') ?? request.query.get('token') ?? ''
      return authority.revoke(token, 'person') ? json(200, {}) : json(400, { error: 'invalid_token' })
    }
    if (route === 'GET /oauth2/v3/certs') {
      const { publicKey } = await keys
      return json(200, { keys: [{ ...(await exportJWK(publicKey)), kid: keyId, alg: 'RS256', use: 'sig' }] })
    }
    if (route === 'GET /.well-known/openid-configuration') {
      return json(200, {
        issuer: url,
        authorization_endpoint: `${url}/o/oauth2/v2/auth`,
        token_endpoint: `${url}/token`,
        revocation_endpoint: `${url}/revoke`,
        userinfo_endpoint: `${url}/v1/userinfo`,
        jwks_uri: `${url}/oauth2/v3/certs`,
        id_token_signing_alg_values_supported: ['RS256'],
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
      })
    }
    return null
  },
  rights: [
    { method: 'GET', path: /^\/v1\/userinfo$/, scopes: [['openid']] },
    {
      method: 'GET',
      path: /^\/calendar\/v3\/calendars\/[^/]+\/events$/,
      scopes: [[scope('calendar.readonly')], [scope('calendar.events')]],
    },
    {
      method: 'POST',
      path: /^\/calendar\/v3\/calendars\/[^/]+\/events$/,
      scopes: [[scope('calendar.events')]],
    },
    {
      method: 'GET',
      path: /^\/drive\/v3\/files(\/[^/]+)?$/,
      scopes: [[scope('drive.readonly')], [scope('drive.metadata.readonly')]],
    },
    {
      method: 'GET',
      path: /^\/gmail\/v1\/users\/me\/messages(\/[^/]+)?$/,
      scopes: [[scope('gmail.readonly')]],
    },
    { method: 'POST', path: /^\/gmail\/v1\/users\/me\/messages\/send$/, scopes: [[scope('gmail.send')]] },
  ],
  needsMore: (request) =>
    request.path === '/drive/v3/files' && request.query.get('q')?.includes('fullText')
      ? scope('drive.readonly')
      : null,
  forward: (request) => ({
    ...asIs(request),
    path: request.path === '/v1/userinfo' ? '/oauth2/v2/userinfo' : request.path,
  }),
  seed: {
    tokens: { [upstreamToken]: { login: 'ana@acme.test' } },
    google: {
      users: [{ email: 'ana@acme.test', name: 'Ana Souza' }],
      calendars: [
        {
          id: 'primary',
          user_email: 'ana@acme.test',
          summary: 'ana@acme.test',
          primary: true,
          time_zone: 'UTC',
        },
      ],
      calendar_events: [
        {
          id: 'evt_kickoff',
          user_email: 'ana@acme.test',
          calendar_id: 'primary',
          summary: 'Project kickoff',
          start_date_time: '2030-01-10T09:00:00.000Z',
          end_date_time: '2030-01-10T09:30:00.000Z',
        },
      ],
      messages: [
        {
          id: 'msg_welcome',
          user_email: 'ana@acme.test',
          from: 'ben@acme.test',
          to: 'ana@acme.test',
          subject: 'Welcome',
          body_text: 'The garden plan is in the folder.',
          label_ids: ['INBOX'],
        },
      ],
      drive_items: [
        {
          id: 'drv_plan',
          user_email: 'ana@acme.test',
          name: 'Garden plan',
          mime_type: 'application/vnd.google-apps.document',
          parent_ids: ['root'],
        },
      ],
    },
  },
  person: async (call) => {
    const me = z.object({ sub: z.string(), email: z.string(), name: z.string() })
    const { sub, email, name } = me.parse(await call('GET', '/oauth2/v2/userinfo'))
    return { id: sub, email, name }
  },
}
