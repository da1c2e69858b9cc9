import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const trello = defineProfile({
  id: 'trello',
  name: 'Trello (OAuth 1.0a)',
  flow: 'oauth1',
  notConnectable: 'OAuth 1.0a signs every call, which is not built.',
  baseUrls: { web: 'https://trello.com', api: 'https://api.trello.com' },
  authorizeUrl: '{web}/1/OAuthAuthorizeToken',
  tokenUrl: '{web}/1/OAuthGetAccessToken',
  pkce: 'unsupported',
  clientAuth: 'oauth1_hmac_sha1',
  scopeDelimiter: ',',
  rotation: 'no_refresh_token',
  revoke: {
    meaning: 'per_token',
    request: null,
    note: 'DELETE /1/tokens/{token} would put the token into an address: it is not called.',
  },
  identity: { from: 'api', url: '{api}/1/members/me', method: 'GET', id: '{id}', label: ['{username}'] },
  tokenErrors: [],
  // Plain text, not JSON.
  apiErrors: [
    { statuses: [401], texts: ['invalid token'], is: 'dead' },
    { statuses: [401], texts: ['expired token'], is: 'expired' },
    { statuses: [401], texts: ['invalid key'], is: 'config' },
    ...busy,
  ],
  quirks: [
    'Request tokens come from /1/OAuthGetRequestToken. There is no state: bind oauth_token to the browser and check it.',
    'The lifetime is chosen at consent: 1hour, 1day, 30days or never; never is not the default to ask for.',
  ],
  sources: ['NangoHQ/nango@2f4c0af packages/providers/providers.yaml'],
  unverified: ['revoke', 'errors', 'identity'],
})
