import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const monday = defineProfile({
  id: 'monday',
  name: 'monday.com',
  baseUrls: { auth: 'https://auth.monday.com', api: 'https://api.monday.com' },
  authorizeUrl: '{auth}/oauth2/authorize',
  tokenUrl: '{auth}/oauth2/token',
  pkce: 'unsupported',
  clientAuth: 'client_secret_post',
  authorizeParams: { response_type: null },
  rotation: 'no_refresh_token',
  revoke: { meaning: 'none', request: null, note: 'Only its OAuth 2.1 flow, in beta, has one.' },
  identity: {
    from: 'api',
    url: '{api}/v2',
    method: 'POST',
    json: { query: '{ me { id email account { id } } }' },
    id: '{data.me.account.id}/{data.me.id}',
    label: ['{data.me.email}'],
  },
  tokenErrors: [...busy],
  apiErrors: [
    { statuses: [401], texts: ['Not Authenticated'], is: 'dead' },
    { statuses: [401], is: 'ambiguous' },
    // A budget that is used up is told with HTTP 200.
    { statuses: [200], codes: ['ComplexityException', 'COMPLEXITY_BUDGET_EXHAUSTED'], is: 'rate_limited' },
    ...busy,
  ],
  quirks: [
    'Tokens live until the app is uninstalled.',
    'Its OAuth 2.1 flow, in beta, has discovery, refresh and revocation (/oauth_ms/oauth/token).',
  ],
  sources: [
    'https://developer.monday.com/apps/docs/oauth',
    'https://developer-community.monday.com/product-updates/join-the-beta-oauth-2-1-for-monday-apps-5273',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['errors', 'oauth_ms path (third-party page)'],
})
