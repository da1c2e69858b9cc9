import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const zendesk = defineProfile({
  id: 'zendesk',
  name: 'Zendesk',
  baseUrls: { web: 'https://{subdomain}.zendesk.com' },
  inputs: { subdomain: { pattern: /[a-z0-9-]+/, default: null, example: 'acme' } },
  authorizeUrl: '{web}/oauth/authorizations/new',
  tokenUrl: '{web}/oauth/tokens',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  rotation: 'single_use',
  accessTtlSeconds: 1800,
  refreshIdleSeconds: 30 * 86_400,
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{web}/api/v2/oauth/tokens/current.json',
      method: 'DELETE',
      authenticate: 'bearer',
      body: 'none',
      token: 'access',
      confirmedBy: { statuses: [200, 204] },
    },
  },
  identity: {
    from: 'api',
    url: '{web}/api/v2/users/me.json',
    method: 'GET',
    id: '{user.id}',
    label: ['{user.email}', '{user.name}'],
  },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    ...busy,
  ],
  apiErrors: [{ codes: ['invalid_token'], is: 'expired' }, { statuses: [401], is: 'expired' }, ...busy],
  rates: { windows: [{ remaining: 'ratelimit-remaining', reset: 'ratelimit-reset', unit: 'seconds' }] },
  quirks: [
    'A refresh deletes the earlier access token too: calls in flight with it fail.',
    "expires_in may be asked for, 5 minutes to 48 hours; a refresh token's life is 7 to 90 days.",
    'Older tokens without expiry cannot be refreshed; all must expire by 2027-04-01.',
  ],
  sources: [
    'https://support.zendesk.com/hc/en-us/articles/10212201463962',
    'https://support.zendesk.com/hc/en-us/articles/9182123625370',
    'https://developer.zendesk.com/documentation/api-basics/authentication/refresh-token',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['revoke path', 'error codes'],
})
