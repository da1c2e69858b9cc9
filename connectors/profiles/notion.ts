import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const notion = defineProfile({
  id: 'notion',
  name: 'Notion',
  baseUrls: { api: 'https://api.notion.com' },
  authorizeUrl: '{api}/v1/oauth/authorize',
  tokenUrl: '{api}/v1/oauth/token',
  pkce: 'unsupported',
  clientAuth: 'client_secret_basic',
  tokenBody: 'json',
  authorizeParams: { owner: 'user' },
  rotation: 'single_use',
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{api}/v1/oauth/revoke',
      method: 'POST',
      authenticate: 'basic',
      body: 'json_token',
      token: 'access',
      confirmedBy: { statuses: [200] },
    },
  },
  // One bot per person and workspace.
  identity: { from: 'token_response', id: '{workspace_id}/{bot_id}', label: ['{workspace_name}'] },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'dead' },
    { codes: ['invalid_client'], is: 'config' },
    { codes: ['unauthorized'], is: 'ambiguous' },
    { codes: ['rate_limited'], is: 'rate_limited' },
    { codes: ['conflict_error'], is: 'transient' },
    ...serverErrors,
  ],
  apiErrors: [
    { codes: ['unauthorized'], is: 'expired' },
    { codes: ['rate_limited'], is: 'rate_limited' },
    { codes: ['conflict_error'], is: 'transient' },
    ...serverErrors,
  ],
  quirks: [
    'No expires_in comes: a 401 of the API tells that the token is over.',
    'What the integration may do is set there, not by scopes.',
  ],
  sources: [
    'https://developers.notion.com/reference/refresh-a-token',
    'https://developers.notion.com/reference/revoke-token',
    'https://nango.dev/blog/notion-oauth-refresh-token-invalid-grant',
    'github.com/can1357/oh-my-pi/issues/5072',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/notion.ts',
  ],
  unverified: ['pkce', 'API error codes'],
})
