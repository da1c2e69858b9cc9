import { defineConnector, oauth2Of } from '#lib/connector-kit'
import { slack as profile } from '../profiles/slack.ts'
import { listChannels, readChannel, readThread } from './channels.ts'
import { channelLimit } from './limits.ts'
import { postMessage, searchMessages } from './messages.ts'
import { getUser, listUsers } from './people.ts'
import { words } from './words/index.ts'

export const slack = defineConnector({
  id: 'slack',
  name: 'Slack',
  summary: 'Channels, messages and people of a workspace.',
  apiBaseUrl: '{web}',
  baseUrls: profile.baseUrls,
  auth: oauth2Of(profile, {
    // Slack takes PKCE from apps that switched it on, and that cannot be undone, makes the app a public client and ends
    // every refresh token after 30 days. We hold a secret, so the code is bound to us by that.
    pkce: 'unsupported',
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
  blocked: {
    change_messages: { does: 'edit or delete your messages', with: ['chat:write'] },
  },
  purposes: {
    read: 'So that the agent can find and sum up what was said.',
    send: 'So that the agent can answer and report in your place.',
  },
  samples: [
    { tool: 'slack.read_channel', says: 'Sum up what was said in a channel today' },
    { tool: 'slack.search_messages', says: 'Search your private messages for a date' },
    { tool: 'slack.post_message', says: 'Post “The report is ready” to a channel' },
  ],
  resources: { channel: channelLimit },
  apiErrors: profile.apiErrors,
  rates: profile.rates,
  notices: { scheme: 'slack' },
  words,
  tools: [listChannels, readChannel, readThread, searchMessages, postMessage, listUsers, getUser],
})
