import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const githubOauth = defineProfile({
  id: 'github_oauth',
  name: 'GitHub OAuth App',
  baseUrls: { api: 'https://api.github.com', web: 'https://github.com' },
  authorizeUrl: '{web}/login/oauth/authorize',
  tokenUrl: '{web}/login/oauth/access_token',
  // Sent with the redirect since 2026, withdrawn once and not advertised anywhere: to be equal when it is there.
  issuer: '{web}/login/oauth',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  switchAccountParams: { prompt: 'select_account' },

  rotation: 'no_refresh_token',
  tokens: { emptyScopeIsNone: true },

  revoke: {
    meaning: 'per_token',
    request: {
      url: '{api}/applications/{client_id}/token',
      method: 'DELETE',
      authenticate: 'basic',
      body: 'json_access_token',
      token: 'access',
      confirmedBy: { statuses: [204] },
    },
    note: 'The path /grant would remove the whole authorization: it is not called.',
  },
  identity: { from: 'api', url: '{api}/user', method: 'GET', id: '{id}', label: ['{login}'] },

  // These come with HTTP 200.
  tokenErrors: [
    { codes: ['bad_refresh_token'], is: 'ambiguous' },
    {
      codes: ['incorrect_client_credentials', 'redirect_uri_mismatch', 'application_suspended'],
      is: 'config',
    },
    { codes: ['bad_verification_code', 'unverified_user_email'], is: 'invalid' },
    ...serverErrors,
  ],

  apiErrors: [
    // A token that GitHub calls bad has been withdrawn: it has no lifetime that could have run out.
    { statuses: [401], is: 'dead' },
    // Its limits come as 403 as often as 429.
    { statuses: [403], headers: { 'x-ratelimit-remaining': '0' }, is: 'rate_limited' },
    { statuses: [403], headers: { 'retry-after': true }, is: 'rate_limited' },
    { statuses: [403], texts: ['secondary rate limit'], is: 'rate_limited' },
    { statuses: [429], is: 'rate_limited' },
    { statuses: [404, 410], is: 'not_found' },
    { statuses: [400, 422], is: 'invalid' },
    ...serverErrors,
  ],
  rates: {
    // Search and GraphQL have limits of their own: only the one that every call counts against keeps calls away unasked.
    windows: [
      {
        remaining: 'x-ratelimit-remaining',
        reset: 'x-ratelimit-reset',
        unit: 'epoch_seconds',
        only: { 'x-ratelimit-resource': 'core' },
      },
    ],
    // A secondary limit that says nothing asks for a minute at least.
    waitSeconds: 60,
  },
  quirks: [
    'A token that is unused for a year is dropped.',
    'Of more than ten tokens per person, app and scope the oldest is dropped.',
  ],
  sources: [
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/github.ts',
  ],
  unverified: ['one-year rule', '10-token rule', 'comma list', 'errors'],
})
