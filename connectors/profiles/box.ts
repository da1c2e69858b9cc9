import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const box = defineProfile({
  id: 'box',
  name: 'Box',
  baseUrls: { account: 'https://account.box.com', api: 'https://api.box.com' },
  authorizeUrl: '{account}/api/oauth2/authorize',
  tokenUrl: '{api}/oauth2/token',
  pkce: 'not_documented',
  clientAuth: 'client_secret_post',
  rotation: 'single_use',
  accessTtlSeconds: 3600,
  refreshIdleSeconds: 60 * 86_400,
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{api}/oauth2/revoke',
      method: 'POST',
      authenticate: 'client',
      body: 'form_token',
      token: 'refresh_or_access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: {
    from: 'api',
    url: '{api}/2.0/users/me',
    method: 'GET',
    id: '{id}',
    label: ['{login}', '{name}'],
  },
  tokenErrors: [
    // "Refresh token has expired" is also what a token gets that was used before.
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client', 'unauthorized_client'], is: 'config' },
    // Two refreshes at once, with an empty body: the other one's answer counts.
    { statuses: [409], is: 'transient' },
    ...serverErrors,
  ],
  apiErrors: [{ statuses: [401], is: 'expired' }, ...serverErrors],
  sources: [
    'https://developer.box.com/guides/authentication/tokens/refresh',
    'https://support.box.com/hc/en-us/community/posts/360052599233',
    'github.com/box/box-python-sdk/issues/71',
    'github.com/box/box-node-sdk/issues/157',
    'iterate-ch/cyberduck issue 13003',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/box.ts',
  ],
  unverified: ['access ttl', 'identity'],
})
