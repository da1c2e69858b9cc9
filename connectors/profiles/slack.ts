import { defineProfile } from '#lib/connector-kit'

export const slack = defineProfile({
  id: 'slack',
  name: 'Slack',
  baseUrls: { web: 'https://slack.com' },
  authorizeUrl: '{web}/oauth/v2/authorize',
  tokenUrl: '{web}/api/oauth.v2.access',
  pkce: 'optional',
  clientAuth: 'client_secret_basic',
  scopeDelimiter: ',',
  scopeParam: 'user_scope',
  rotation: 'single_use_optin',
  accessTtlSeconds: 43_200,
  tokens: {
    // The person's own token: nested after consent, at the top with `token_type: user` after a refresh. The app's token,
    // at the top otherwise, would act as the app and not as the person.
    places: [{ at: 'authed_user' }, { at: null, when: { token_type: 'user' } }],
  },
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{web}/api/auth.revoke',
      method: 'POST',
      authenticate: 'bearer',
      body: 'none',
      token: 'access',
      confirmedBy: { statuses: [200], body: { ok: true, revoked: true } },
    },
  },
  // A user id is unique within its workspace only.
  identity: {
    from: 'api',
    url: '{web}/api/auth.test',
    method: 'POST',
    id: '{team_id}/{user_id}',
    label: ['{user} ({team})', '{user}'],
  },
  // These come with HTTP 200; invalid_grant has been seen with 400.
  tokenErrors: [
    {
      codes: [
        'invalid_refresh_token',
        'invalid_grant',
        'token_revoked',
        'account_inactive',
        'authorization_not_found',
      ],
      is: 'dead',
    },
    { codes: ['invalid_auth', 'not_authed'], is: 'ambiguous' },
    {
      codes: [
        'bad_client_secret',
        'invalid_client_id',
        'bad_redirect_uri',
        'oauth_authorization_url_mismatch',
      ],
      is: 'config',
    },
    { codes: ['ratelimited', 'rate_limited'], is: 'rate_limited' },
    { codes: ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'], is: 'transient' },
    { codes: ['invalid_code', 'code_already_used'], is: 'invalid' },
  ],
  // These come with HTTP 200 too.
  apiErrors: [
    { codes: ['token_revoked', 'account_inactive', 'authorization_not_found'], is: 'dead' },
    { codes: ['token_expired'], is: 'expired' },
    { codes: ['invalid_auth', 'not_authed'], is: 'ambiguous' },
    { codes: ['ratelimited', 'rate_limited', 'message_limit_exceeded'], is: 'rate_limited' },
    {
      codes: [
        'missing_scope',
        'no_permission',
        'not_allowed_token_type',
        'access_denied',
        'not_in_channel',
        'restricted_action',
        'ekm_access_denied',
        'org_login_required',
      ],
      is: 'permission',
    },
    {
      codes: [
        'channel_not_found',
        'user_not_found',
        'users_not_found',
        'message_not_found',
        'thread_not_found',
      ],
      is: 'not_found',
    },
    {
      codes: ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'],
      is: 'transient',
    },
  ],
  quirks: [
    'Taking PKCE cannot be undone, makes the app a public client and ends every refresh token after 30 days.',
    'Tokens end and rotate only where the app has token rotation on.',
  ],
  sources: [
    'https://docs.slack.dev/authentication/using-token-rotation',
    'https://docs.slack.dev/changelog/2026/03/30/pkce',
    'https://docs.slack.dev/authentication/using-pkce',
    'https://api.slack.com/methods/auth.revoke',
    'github.com/slackapi/python-slack-sdk/issues/1242',
    'github.com/CogniQ/CogniQ/issues/72',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
  ],
  unverified: ['user_scope parameter', 'invalid_client_id', 'ratelimited body', 'identity endpoint'],
})
