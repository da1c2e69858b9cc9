import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const stripeConnect = defineProfile({
  id: 'stripe_connect',
  name: 'Stripe Connect (OAuth)',
  baseUrls: { connect: 'https://connect.stripe.com', api: 'https://api.stripe.com' },
  authorizeUrl: '{connect}/oauth/authorize',
  tokenUrl: '{connect}/oauth/token',
  pkce: 'unsupported',
  // The client secret is the platform's secret key.
  clientAuth: 'client_secret_post',
  rotation: 'none',
  revoke: {
    meaning: 'grant',
    request: {
      url: '{connect}/oauth/deauthorize',
      method: 'POST',
      authenticate: 'secret_as_user',
      body: 'form_account',
      accountField: 'stripe_user_id',
      token: 'access',
      confirmedBy: { statuses: [200] },
    },
    note: 'Names the account, not a token.',
  },
  identity: { from: 'token_response', id: '{stripe_user_id}', label: [] },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client'], is: 'config' },
    ...busy,
  ],
  apiErrors: [...busy],
  quirks: [
    "Access tokens do not end. Better than keeping one is the platform's key with the Stripe-Account header.",
    'The webhook account.application.deauthorized says that consent is gone.',
  ],
  sources: [
    'Stripe OAuthToken type docs (stripe-node)',
    'https://nango.dev/blog/stripe-oauth-refresh-token-invalid-grant',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['pkce'],
})
