import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const figma = defineProfile({
  id: 'figma',
  name: 'Figma',
  baseUrls: { web: 'https://www.figma.com', api: 'https://api.figma.com' },
  authorizeUrl: '{web}/oauth',
  tokenUrl: '{api}/v1/oauth/token',
  refreshUrl: '{api}/v1/oauth/refresh',
  pkce: 'not_documented',
  clientAuth: 'client_secret_basic',
  rotation: 'none',
  accessTtlSeconds: 90 * 86_400,
  revoke: { meaning: 'none', request: null, note: 'None was found.' },
  identity: { from: 'api', url: '{api}/v1/me', method: 'GET', id: '{id}', label: ['{email}', '{handle}'] },
  tokenErrors: [
    // Nothing tells a refusal of the token from one of the client.
    { statuses: [400, 403], is: 'ambiguous' },
    ...busy,
  ],
  apiErrors: [
    // 403, where others have 401; without these words it is about a scope.
    { statuses: [403], texts: ['invalid token', 'token expired'], is: 'expired' },
    ...busy,
  ],
  quirks: ['An authorization code lives a few seconds only.', 'Scopes may stand between commas too.'],
  sources: [
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'NangoHQ/nango provider.client.ts refreshFigmaToken',
    'pilcrowonpaper/arctic branch v2 src/providers/figma.ts',
    'https://developers.figma.com/docs/rest-api/authentication',
  ],
  unverified: ['90 d', '403 behaviour (third-party page)', 'pkce'],
})
