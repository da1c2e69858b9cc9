import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const githubApp = defineProfile({
  id: 'github_app',
  name: 'GitHub App (user access token)',
  baseUrls: { api: 'https://api.github.com', web: 'https://github.com' },
  authorizeUrl: '{web}/login/oauth/authorize',
  tokenUrl: '{web}/login/oauth/access_token',
  // Sent with the redirect since 2026, withdrawn once and not advertised anywhere: to be equal when it is there.
  issuer: '{web}/login/oauth',
  pkce: 'optional',
  clientAuth: 'client_secret_post',

  rotation: 'single_use',
  accessTtlSeconds: 28_800,
  // Six months.
  refreshIdleSeconds: 180 * 86_400,

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
    // Withdrawn or run out: a refresh tells.
    { statuses: [401], is: 'expired' },
    // Its limits come as 403 as often as 429.
    { statuses: [403], headers: { 'x-ratelimit-remaining': '0' }, is: 'rate_limited' },
    { statuses: [403], headers: { 'retry-after': true }, is: 'rate_limited' },
    { statuses: [403], texts: ['secondary rate limit'], is: 'rate_limited' },
    { statuses: [429], is: 'rate_limited' },
    { statuses: [404, 410], is: 'not_found' },
    { statuses: [400, 422], is: 'invalid' },
    ...serverErrors,
  ],
  quirks: [
    'The old access token dies with the refresh too.',
    'Permissions come from the app, not from scopes.',
    'Tokens end only where the app opted in; those issued before never do.',
  ],
  sources: [
    'github/docs content/apps/…/refreshing-user-access-tokens.md@2e15944',
    'https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication',
    'Nango blog github-app-oauth-refresh-token-bad-refresh-token (summary)',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: [
    'HTTP 200 on token errors',
    'incorrect_client_credentials',
    'bad_verification_code',
    'identity endpoint',
    '/grant',
  ],
})
