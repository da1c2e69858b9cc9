import { z } from 'zod'
import { defineConnector, oauth2, standardTokens, type TokenSet } from '#lib/connector-kit'
import { listChannels, readChannel, readThread } from './channels.ts'
import { postMessage, searchMessages } from './messages.ts'
import { getUser, listUsers } from './people.ts'

const whoami = z.object({ user_id: z.string(), user: z.string(), team_id: z.string(), team: z.string() })

/**
 * The person's own token: nested in `authed_user` after consent, at the top with `token_type: user` after a refresh.
 * @throws Error when there is a bot's token alone, which would act as the app and not as the person
 */
function parseTokens(body: Record<string, unknown>): TokenSet {
  const nested = z.record(z.string(), z.unknown()).safeParse(body.authed_user)
  if (nested.success && nested.data.access_token !== undefined) return standardTokens(nested.data)
  if (body.token_type === 'user') return standardTokens(body)
  throw new Error('token response without a token of the person')
}

export const slack = defineConnector({
  id: 'slack',
  name: 'Slack',
  summary: 'Channels, messages and people of a workspace.',
  apiBaseUrl: '{web}',
  baseUrls: { web: 'https://slack.com' },
  auth: oauth2({
    authorizeUrl: '{web}/oauth/v2/authorize',
    tokenUrl: '{web}/api/oauth.v2.access',
    // Slack takes PKCE from apps that switched it on, and that cannot be undone, makes the app a public client and ends
    // every refresh token after 30 days. We hold a secret, so the code is bound to us by that.
    pkce: 'unsupported',
    clientAuth: 'client_secret_basic',
    scopeDelimiter: ',',
    scopeParam: 'user_scope',
    // Where the app has token rotation on; without it there is no refresh token and this says nothing.
    rotation: 'single_use',
    parseTokens,
    revoke: {
      url: '{web}/api/auth.revoke',
      method: 'POST',
      authenticate: 'bearer',
      body: 'none',
      token: 'access',
      endsWiderGrant: false,
      confirms: (_status, body) =>
        z.object({ ok: z.literal(true), revoked: z.literal(true) }).safeParse(body).success,
    },
    identity: {
      url: '{web}/api/auth.test',
      method: 'POST',
      parse: (body) => {
        const { user_id, user, team_id, team } = whoami.parse(body)
        // A user id is unique within its workspace only.
        return { id: `${team_id}/${user_id}`, label: `${user} (${team})` }
      },
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
  }),
  scopes: {
    'channels:read': {
      does: 'see the public channels of your workspace',
      example: 'Find the channel of a project',
      risk: 'read',
    },
    'channels:history': {
      does: 'read messages in public channels',
      example: 'Sum up what was said in a channel today',
      risk: 'read',
      withoutIt: 'The agent sees that channels exist, not what is said in them.',
    },
    'users:read': {
      does: 'see the people of your workspace',
      example: 'Tell who wrote a message',
      risk: 'read',
      withoutIt: 'The agent sees ids in place of names.',
    },
    'users:read.email': {
      does: 'see the e-mail addresses of people in your workspace',
      example: 'Find the address of a colleague',
      risk: 'read',
      withoutIt: 'The agent sees names without e-mail addresses.',
    },
    'search:read': {
      does: 'search all messages and files that you can see, private ones included',
      example: 'Find the message in which a date was agreed',
      risk: 'read',
      withoutIt: 'The agent cannot search.',
    },
    'chat:write': {
      does: 'post messages as you',
      example: 'Tell a channel that a report is ready',
      risk: 'send',
      withoutIt: 'The agent can read but cannot post.',
    },
  },
  overGrant:
    'Slack ties posting to changing: its token would also permit editing and deleting your messages. ' +
    'Behalf keeps the token and offers the agent none of that.',
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
  notices: { scheme: 'slack' },
  tools: [listChannels, readChannel, readThread, searchMessages, postMessage, listUsers, getUser],
})
