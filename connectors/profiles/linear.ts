import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const linear = defineProfile({
  id: 'linear',
  name: 'Linear',
  baseUrls: { web: 'https://linear.app', api: 'https://api.linear.app' },
  authorizeUrl: '{web}/oauth/authorize',
  tokenUrl: '{api}/oauth/token',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  scopeDelimiter: ',',
  rotation: 'single_use',
  accessTtlSeconds: 86_400,
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{api}/oauth/revoke',
      method: 'POST',
      authenticate: 'client',
      body: 'form_token',
      token: 'refresh_or_access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: {
    from: 'api',
    url: '{api}/graphql',
    method: 'POST',
    json: { query: '{ viewer { id email organization { id } } }' },
    id: '{data.viewer.organization.id}/{data.viewer.id}',
    label: ['{data.viewer.email}'],
  },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    ...serverErrors,
  ],
  apiErrors: [
    // The limit arrives as HTTP 400.
    { codes: ['RATELIMITED'], is: 'rate_limited' },
    { codes: ['AUTHENTICATION_ERROR'], is: 'expired' },
    { statuses: [401], is: 'expired' },
    ...serverErrors,
  ],
  rates: {
    windows: [
      {
        remaining: 'x-ratelimit-requests-remaining',
        reset: 'x-ratelimit-requests-reset',
        unit: 'epoch_ms',
      },
    ],
  },
  quirks: [
    'Tokens from before 2026-04-01 lived ten years; all apps have refresh tokens since.',
    'actor=app makes the app the author.',
  ],
  sources: [
    'https://linear.app/developers/oauth-2-0-authentication',
    'github.com/linear/linear/issues/251',
    'ceedaragents/cyrus issue 285',
    'Nango blog linear (summary)',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['revoke', 'rotation detail', 'AUTHENTICATION_ERROR', 'client_auth basic'],
})
