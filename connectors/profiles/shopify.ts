import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const shopify = defineProfile({
  id: 'shopify',
  name: 'Shopify',
  baseUrls: { web: 'https://{shop}.myshopify.com' },
  inputs: { shop: { pattern: /[a-z0-9][a-z0-9-]*/, default: null, example: 'acme' } },
  authorizeUrl: '{web}/admin/oauth/authorize',
  tokenUrl: '{web}/admin/oauth/access_token',
  pkce: 'unsupported',
  clientAuth: 'client_secret_post',
  scopeDelimiter: ',',
  tokenHeader: 'x-shopify-access-token',
  // Without it the token never ends; public apps must from 2027.
  exchangeParams: { expiring: '1' },
  rotation: 'single_use',
  // The previous refresh token stays valid until its replacement is first used, so that a lost answer loses nothing.
  oldTokenSurvives: true,
  accessTtlSeconds: 3600,
  refreshIdleSeconds: 90 * 86_400,
  revoke: {
    // It uninstalls the app from the shop.
    meaning: 'grant',
    request: {
      url: '{web}/admin/api_permissions/current.json',
      method: 'DELETE',
      authenticate: 'bearer',
      body: 'none',
      token: 'access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: {
    from: 'api',
    url: '{web}/admin/api/2026-07/graphql.json',
    method: 'POST',
    json: { query: '{ shop { id myshopifyDomain } }' },
    id: '{data.shop.id}',
    label: ['{data.shop.myshopifyDomain}'],
  },
  tokenErrors: [
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['application_cannot_be_found'], is: 'config' },
    ...busy,
  ],
  apiErrors: [{ statuses: [401], is: 'expired' }, ...busy],
  quirks: [
    'The version in the address of identity is one of a quarter: it must be a supported one.',
    'The callback carries an hmac that must be checked, and the shop that it is for.',
    'The webhook app/uninstalled says that consent is gone.',
  ],
  sources: [
    'https://shopify.dev/changelog/offline-access-tokens-now-support-expiry-and-refresh',
    'https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens',
    'https://shopify.dev/docs/apps/build/authentication-authorization/migrate-to-expiring-offline-access-tokens',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['revoke', 'hmac detail', 'pkce', 'application_cannot_be_found'],
})
