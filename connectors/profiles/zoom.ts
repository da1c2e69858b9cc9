import { defineProfile } from '#lib/connector-kit'

export const zoom = defineProfile({
  id: 'zoom',
  name: 'Zoom',
  baseUrls: { web: 'https://zoom.us', api: 'https://api.zoom.us' },
  authorizeUrl: '{web}/oauth/authorize',
  tokenUrl: '{web}/oauth/token',
  pkce: 'optional',
  clientAuth: 'client_secret_basic',
  scopeDelimiter: ',',
  rotation: 'single_use',
  accessTtlSeconds: 3600,
  refreshIdleSeconds: 90 * 86_400,
  revoke: {
    // A person has one live authorization per app.
    meaning: 'grant',
    request: {
      url: '{web}/oauth/revoke',
      method: 'POST',
      authenticate: 'basic',
      body: 'form_token',
      token: 'access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: { from: 'api', url: '{api}/v2/users/me', method: 'GET', id: '{id}', label: ['{email}'] },
  // Its numbers stand in `reason`.
  tokenErrors: [
    { codes: ['4741', '4735', '4737', '4738', '4740'], is: 'dead' },
    { codes: ['4711'], is: 'ambiguous' },
    { codes: ['4702', '4704', '4706', '4717', 'invalid_client'], is: 'config' },
    { codes: ['4733', '4734'], is: 'invalid' },
    { codes: ['4732', '4700'], is: 'transient' },
    { codes: ['invalid_grant'], is: 'ambiguous' },
  ],
  apiErrors: [{ codes: ['124'], is: 'expired' }],
  quirks: [
    'A second authorization by the same person ends all earlier tokens (4741): two connections for one person kill each other.',
    'Server-to-server apps have no refresh.',
  ],
  sources: [
    'https://developers.zoom.us/docs/integrations/oauth-error-messages/',
    'anthropics/knowledge-work-plugins partner-built/zoom-plugin/skills/oauth',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/zoom.ts',
  ],
  unverified: ['error 124', 'reason field'],
})
