import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const stripeApps = defineProfile({
  id: 'stripe_apps',
  name: 'Stripe Apps',
  baseUrls: { marketplace: 'https://marketplace.stripe.com', api: 'https://api.stripe.com' },
  authorizeUrl: '{marketplace}/oauth/v2/authorize',
  tokenUrl: '{api}/v1/oauth/token',
  pkce: 'unsupported',
  clientAuth: 'secret_as_user',
  rotation: 'single_use',
  accessTtlSeconds: 3600,
  refreshIdleSeconds: 365 * 86_400,
  revoke: { meaning: 'none', request: null, note: 'The person uninstalls the app.' },
  identity: { from: 'token_response', id: '{stripe_user_id}', label: [] },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    ...busy,
  ],
  apiErrors: [{ statuses: [401], is: 'expired' }, ...busy],
  quirks: ['expires_in may not come.'],
  sources: [
    'NangoHQ/nango packages/shared/lib/clients/provider.client.ts (stripeAppExpiresIn)',
    'https://docs.stripe.com/stripe-apps/api-authentication/oauth',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['1 year', 'pkce', 'revoke'],
})
