import { defineProfile } from '#lib/connector-kit'

export const intercom = defineProfile({
  id: 'intercom',
  name: 'Intercom',
  baseUrls: { app: 'https://app.{region}intercom.com', api: 'https://api.{region}intercom.io' },
  inputs: { region: { pattern: /|eu\.|au\./, default: '', example: 'eu.' } },
  authorizeUrl: '{app}/oauth',
  tokenUrl: '{api}/auth/eagle/token',
  pkce: 'unsupported',
  clientAuth: 'client_secret_post',
  rotation: 'no_refresh_token',
  revoke: {
    // It uninstalls the app from the workspace, for everybody.
    meaning: 'grant',
    request: {
      url: '{api}/auth/uninstall',
      method: 'POST',
      authenticate: 'bearer',
      body: 'none',
      token: 'access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: {
    from: 'api',
    url: '{api}/me',
    method: 'GET',
    id: '{app.id_code}/{id}',
    label: ['{email}', '{name}'],
  },
  tokenErrors: [
    { codes: ['token_revoked', 'token_blocked', 'token_not_found'], is: 'dead' },
    { codes: ['token_unauthorized', 'unauthorized'], is: 'ambiguous' },
    { codes: ['rate_limit_exceeded'], is: 'rate_limited' },
    { codes: ['request_timeout', 'service_unavailable', 'server_error'], is: 'transient' },
  ],
  apiErrors: [
    { codes: ['token_revoked', 'token_blocked', 'token_not_found'], is: 'dead' },
    { codes: ['token_expired'], is: 'expired' },
    { codes: ['token_unauthorized', 'unauthorized'], is: 'ambiguous' },
    { codes: ['rate_limit_exceeded'], is: 'rate_limited' },
    { codes: ['request_timeout', 'service_unavailable', 'server_error'], is: 'transient' },
  ],
  rates: {
    windows: [{ remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset', unit: 'epoch_seconds' }],
  },
  quirks: ['The region of the workspace picks the host.', 'What the app may do is set there, not by scopes.'],
  sources: [
    'https://developers.intercom.com/docs/references/rest-api/errors/error-codes/',
    'NangoHQ/nango docs/api-integrations/intercom*',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['revoke', 'pkce'],
})
