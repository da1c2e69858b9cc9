import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const hubspot = defineProfile({
  id: 'hubspot',
  name: 'HubSpot',
  baseUrls: { app: 'https://app.hubspot.com', api: 'https://api.hubapi.com' },
  authorizeUrl: '{app}/oauth/authorize',
  tokenUrl: '{api}/oauth/2026-03/token',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  rotation: 'not_documented',
  accessTtlSeconds: 1800,
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{api}/oauth/2026-03/token/revoke',
      method: 'POST',
      authenticate: 'client',
      body: 'form_token',
      token: 'refresh_or_access',
      confirmedBy: { statuses: [200, 204] },
    },
    note: 'Ends the refresh token alone: access tokens that were issued live on to their end, and the app stays installed.',
  },
  identity: {
    from: 'api',
    url: '{api}/oauth/2026-03/token/introspect',
    method: 'POST',
    introspect: true,
    id: '{hub_id}/{user_id}',
    label: ['{user} ({hub_domain})', '{user}'],
  },
  // Since 2026 `error` comes beside `status`, which says more.
  tokenErrors: [
    { codes: ['BAD_REFRESH_TOKEN'], is: 'dead' },
    { codes: ['BAD_CLIENT_ID', 'BAD_CLIENT_SECRET', 'invalid_client'], is: 'config' },
    { codes: ['invalid_grant', 'unauthorized'], is: 'ambiguous' },
    ...busy,
  ],
  apiErrors: [
    { codes: ['EXPIRED_AUTHENTICATION'], is: 'expired' },
    { statuses: [401], is: 'ambiguous' },
    ...busy,
  ],
  rates: {
    // A window of ten seconds, refilled by the end of it; the one of a day has no header that says when.
    windows: [
      {
        remaining: 'x-hubspot-ratelimit-remaining',
        reset: 'x-hubspot-ratelimit-interval-milliseconds',
        unit: 'ms',
      },
    ],
    waitSeconds: 10,
  },
  quirks: [
    'Sources differ on whether refresh tokens are single-use: whatever comes back is kept.',
    'Optional scopes go in optional_scope.',
    'The older /oauth/v1/token ends on 2027-02-16.',
  ],
  sources: [
    'https://developers.hubspot.com/docs/api-reference/2026-03/authentication/oauth-tokens/refresh-oauth-token',
    '…/legacy/authentication/oauth-tokens/v1/migration-guide',
    'https://developers.hubspot.com/changelog/new-oauth-v3-api-endpoints-and-standardized-error-responses',
    'https://developers.hubspot.com/changelog/upcoming-expiration-of-oauth-access-tokens-is-changing',
    'https://www.nango.dev/blog/hubspot-oauth-bad-refresh-token',
  ],
  unverified: ['revoke path (page title only)', 'EXPIRED_AUTHENTICATION', 'BAD_CLIENT_*'],
})
