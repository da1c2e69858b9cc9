import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const atlassian = defineProfile({
  id: 'atlassian',
  name: 'Jira / Atlassian Cloud 3LO',
  baseUrls: { auth: 'https://auth.atlassian.com', api: 'https://api.atlassian.com' },
  authorizeUrl: '{auth}/authorize',
  tokenUrl: '{auth}/oauth/token',
  pkce: 'not_documented',
  clientAuth: 'client_secret_post',
  tokenBody: 'json',
  baseScopes: ['offline_access', 'read:me'],
  authorizeParams: { audience: 'api.atlassian.com', prompt: 'consent' },
  rotation: 'single_use',
  graceSeconds: 600,
  accessTtlSeconds: 3600,
  refreshIdleSeconds: 90 * 86_400,
  // Waves of false failures were reported.
  refreshesPerSecondMax: 10,
  revoke: {
    meaning: 'none',
    request: null,
    note: 'The person removes the app in the settings of their account.',
  },
  identity: { from: 'api', url: '{api}/me', method: 'GET', id: '{account_id}', label: ['{email}', '{name}'] },
  tokenErrors: [
    { codes: ['invalid_grant'], texts: ['Unknown or invalid refresh token'], is: 'dead' },
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['unauthorized_client'], texts: ['refresh_token is invalid'], is: 'ambiguous' },
    // access_denied is what a wrong client secret gets.
    { codes: ['access_denied', 'invalid_client', 'unauthorized_client'], is: 'config' },
    ...serverErrors,
  ],
  apiErrors: [{ statuses: [401], is: 'expired' }, ...serverErrors],
  quirks: [
    'The API is at /ex/jira/{cloudId}: resolve it by /oauth/token/accessible-resources.',
    'A success has been seen without a refresh_token: the old one stays.',
    'A change of password kills the grant.',
    'Waves of false failures: never disconnect many at once.',
  ],
  sources: [
    'https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/',
    'MrRefactoring/jira.js guides/oauth2-authentication.md@48b601d',
    'https://community.developer.atlassian.com/t/oauth-rotating-tokens-unknown-or-invalid-refresh-token/54555',
    'https://nango.dev/blog/jira-oauth-refresh-token-invalid-grant',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['/me', 'unauthorized_client text'],
})
