import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const asana = defineProfile({
  id: 'asana',
  name: 'Asana',
  baseUrls: { app: 'https://app.asana.com' },
  authorizeUrl: '{app}/-/oauth_authorize',
  tokenUrl: '{app}/-/oauth_token',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  rotation: 'none',
  accessTtlSeconds: 3600,
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{app}/-/oauth_revoke',
      method: 'POST',
      authenticate: 'client',
      body: 'form_token',
      token: 'refresh_or_access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: { from: 'token_response', id: '{data.gid}', label: ['{data.email}', '{data.name}'] },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    ...busy,
  ],
  apiErrors: [{ statuses: [401], is: 'expired' }, ...busy],
  quirks: ['The scope `default` asks for everything, for apps with full permissions.'],
  sources: [
    'https://developers.asana.com/docs/oauth',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['rotation', 'ttl', 'errors', 'pkce (secondary source only)'],
})
