import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const airtable = defineProfile({
  id: 'airtable',
  name: 'Airtable',
  baseUrls: { web: 'https://airtable.com', api: 'https://api.airtable.com' },
  authorizeUrl: '{web}/oauth2/v1/authorize',
  tokenUrl: '{web}/oauth2/v1/token',
  pkce: 'required',
  clientAuth: 'client_secret_basic',
  rotation: 'single_use',
  accessTtlSeconds: 3600,
  refreshIdleSeconds: 60 * 86_400,
  // A client that reuses a token has its whole integration revoked.
  refreshesPerSecondMax: 5,
  revoke: { meaning: 'none', request: null },
  identity: { from: 'api', url: '{api}/v0/meta/whoami', method: 'GET', id: '{id}', label: ['{email}'] },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    { statuses: [409], is: 'transient' },
    ...busy,
  ],
  apiErrors: [{ statuses: [401], is: 'expired' }, ...busy],
  // Five calls a second and base; who exceeds it is left without an answer for half a minute.
  rates: { waitSeconds: 30 },
  quirks: [
    'A client that reuses refresh tokens has its integration revoked: a race can disconnect people by design.',
  ],
  sources: [
    'https://airtable.com/developers/web/api/oauth-reference',
    'https://support.airtable.com/docs/troubleshooting-oauth-integrations-in-airtable',
    'Nango blog airtable (summary)',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['ttl (secondary)', '409'],
})
