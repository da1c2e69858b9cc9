import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const google = defineProfile({
  id: 'google',
  name: 'Google',
  baseUrls: {
    accounts: 'https://accounts.google.com',
    oauth2: 'https://oauth2.googleapis.com',
    openid: 'https://openidconnect.googleapis.com',
    www: 'https://www.googleapis.com',
    gmail: 'https://gmail.googleapis.com',
  },
  authorizeUrl: '{accounts}/o/oauth2/v2/auth',
  tokenUrl: '{oauth2}/token',
  // Sent with the redirect since 2026, though Google's metadata does not advertise it.
  issuer: '{accounts}',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  baseScopes: ['openid', 'email'],
  nonce: true,
  authorizeParams: {
    access_type: 'offline',
    // Google gives a refresh token at the first consent only, unless it is made to ask again.
    prompt: 'consent',
    // Else a token carries all that this client was ever granted, beyond what the person ticks now.
    include_granted_scopes: 'false',
  },
  switchAccountParams: { prompt: 'select_account consent' },
  rotation: 'none',
  accessTtlSeconds: 3600,
  // Six months.
  refreshIdleSeconds: 180 * 86_400,
  tokens: {
    // Google answers these two under their long names, whichever was asked for.
    scopeAliases: {
      'https://www.googleapis.com/auth/userinfo.email': 'email',
      'https://www.googleapis.com/auth/userinfo.profile': 'profile',
    },
  },
  revoke: {
    // It ends all that the person granted this client, other connections of theirs included.
    meaning: 'grant',
    request: {
      url: '{oauth2}/revoke',
      method: 'POST',
      authenticate: 'none',
      body: 'form_token',
      token: 'refresh_or_access',
      confirmedBy: { statuses: [200] },
    },
  },
  identity: {
    from: 'api',
    url: '{openid}/v1/userinfo',
    method: 'GET',
    id: '{sub}',
    label: ['{email}', '{name}'],
  },
  tokenErrors: [
    // A workspace's session policy: only the person can answer it.
    { codes: ['invalid_grant'], subtypes: ['invalid_rapt'], is: 'interaction' },
    // Revoked, unused for six months and expired after seven days of testing share this one code and text.
    { codes: ['invalid_grant'], is: 'ambiguous' },
    {
      codes: [
        'invalid_client',
        'deleted_client',
        'disabled_client',
        'unauthorized_client',
        'redirect_uri_mismatch',
      ],
      is: 'config',
    },
    { codes: ['rate_limit_exceeded'], is: 'rate_limited' },
    { codes: ['internal_failure', 'temporarily_unavailable', 'backend_error'], is: 'transient' },
    ...serverErrors,
  ],
  apiErrors: [
    // Some of its limits come as 403: the reason tells them from a missing right.
    {
      codes: [
        'rateLimitExceeded',
        'userRateLimitExceeded',
        'dailyLimitExceeded',
        'RESOURCE_EXHAUSTED',
        '429',
      ],
      is: 'rate_limited',
    },
    { codes: ['UNAUTHENTICATED', '401'], is: 'expired' },
    { codes: ['PERMISSION_DENIED', '403'], is: 'permission' },
    { codes: ['NOT_FOUND', '404', '410'], is: 'not_found' },
    {
      codes: ['UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED', 'ABORTED', '500', '502', '503'],
      is: 'transient',
    },
    {
      codes: ['INVALID_ARGUMENT', 'FAILED_PRECONDITION', '400'],
      is: 'invalid',
    },
  ],
  // A day's quota is our project's, and everybody's who connected through it.
  rates: { clientCodes: ['dailyLimitExceeded'] },
  quirks: [
    'While the app is in testing, refresh tokens die after seven days.',
    'Of more than 100 live refresh tokens per account and client the oldest is dropped silently.',
    'A change of password kills tokens that carry Gmail scopes.',
  ],
  sources: [
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/google.ts',
    'NangoHQ/nango docs/api-integrations/google*',
    'https://developers.google.com/google-ads/api/docs/get-started/common-errors',
    'https://docs.gitguardian.com/…/google_oauth2_refresh_token',
    'https://workos.com/blog/invalid-grant-oauth-errors-by-provider',
  ],
  unverified: ['access_ttl_s', 'invalid_rapt subtype', 'deleted_client', 'identity endpoint'],
})
