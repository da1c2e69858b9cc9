import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const gitlab = defineProfile({
  id: 'gitlab',
  name: 'GitLab',
  baseUrls: { web: 'https://{host}' },
  inputs: {
    // Anybody's own server: what it resolves to is for the egress guard to judge.
    host: {
      pattern: /[a-z0-9][a-z0-9.-]{0,250}\.[a-z]{2,63}/,
      default: 'gitlab.com',
      example: 'gitlab.acme.test',
    },
  },
  authorizeUrl: '{web}/oauth/authorize',
  tokenUrl: '{web}/oauth/token',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  refreshRepeatsRedirectUri: true,
  rotation: 'single_use',
  accessTtlSeconds: 7200,
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{web}/oauth/revoke',
      method: 'POST',
      authenticate: 'client',
      body: 'form_token',
      token: 'refresh_or_access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: {
    from: 'api',
    url: '{web}/oauth/userinfo',
    method: 'GET',
    id: '{sub}',
    label: ['{email}', '{nickname}', '{name}'],
  },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    ...busy,
  ],
  apiErrors: [{ codes: ['invalid_token'], is: 'expired' }, { statuses: [401], is: 'expired' }, ...busy],
  rates: {
    windows: [{ remaining: 'ratelimit-remaining', reset: 'ratelimit-reset', unit: 'epoch_seconds' }],
  },
  quirks: ['A refresh ends the earlier access token.'],
  sources: [
    'gitlabhq/gitlabhq doc/api/oauth2.md@04b8ef1',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/gitlab.ts',
  ],
  unverified: ['error names'],
})
