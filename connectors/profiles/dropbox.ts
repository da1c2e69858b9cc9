import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const dropbox = defineProfile({
  id: 'dropbox',
  name: 'Dropbox',
  baseUrls: { web: 'https://www.dropbox.com', api: 'https://api.dropboxapi.com' },
  authorizeUrl: '{web}/oauth2/authorize',
  tokenUrl: '{api}/oauth2/token',
  pkce: 'optional',
  clientAuth: 'client_secret_basic',
  authorizeParams: { token_access_type: 'offline' },
  rotation: 'none',
  accessTtlSeconds: 14_400,
  revoke: {
    meaning: 'grant',
    request: {
      url: '{api}/2/auth/token/revoke',
      method: 'POST',
      authenticate: 'bearer',
      body: 'none',
      token: 'access',
      confirmedBy: { statuses: [200] },
    },
    note: 'Called with the access token; takes the grant with it.',
  },
  identity: {
    from: 'api',
    url: '{api}/2/users/get_current_account',
    method: 'POST',
    id: '{account_id}',
    label: ['{email}'],
  },
  tokenErrors: [
    { codes: ['invalid_grant'], texts: ['refresh token is invalid or revoked'], is: 'dead' },
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    ...busy,
  ],
  apiErrors: [
    { codes: ['user_suspended'], is: 'dead' },
    { codes: ['expired_access_token'], is: 'expired' },
    { codes: ['invalid_access_token'], is: 'ambiguous' },
    ...busy,
  ],
  sources: [
    'https://dropbox.tech/developers/using-oauth-2-0-with-offline-access',
    'dropbox/dropbox-sdk-python PR 211',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/dropbox.ts',
  ],
  unverified: ['error texts', 'identity'],
})
