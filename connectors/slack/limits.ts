import { z } from 'zod'
import { limit, type ResourceKind, searched } from '#lib/connector-kit'
import { nextCursor, page } from './wire.ts'

const pageMax = 50
const channels = page({ channels: z.array(z.object({ id: z.string(), name: z.string() })) })
const named = limit<{ channel_id: string }, unknown>({ touches: ({ channel_id }) => [channel_id] })

/** What a consent can be limited to: channels, by their ids, which outlive their names. People are not in channels. */
export const channelLimit: ResourceKind = {
  words: {
    title: 'Channels',
    all: 'All channels that I can reach',
    some: 'Only the channels that I pick',
  },
  scopes: ['channels:read', 'channels:history', 'search:read', 'chat:write'],
  listScopes: [['channels:read']],
  list: (http, asked) =>
    searched(
      async (cursor) => {
        const query = {
          types: 'public_channel',
          exclude_archived: true,
          limit: pageMax,
          cursor: cursor ?? undefined,
        }
        const found = channels.parse(await http.get('/api/conversations.list', { query }))
        return {
          items: found.channels.map(({ id, name }) => ({ id, label: `#${name}` })),
          next: nextCursor(found),
        }
      },
      asked,
      pageMax,
    ),
  tools: {
    'slack.list_channels': limit<unknown, { channels: { id: string }[] }>({
      keeps: (found, within) => ({ ...found, channels: found.channels.filter(({ id }) => within(id)) }),
    }),
    'slack.read_channel': named,
    'slack.read_thread': named,
    'slack.post_message': named,
    'slack.search_messages': limit<unknown, { total: number; messages: { channel_id: string }[] }>({
      keeps: (found, within) => {
        const messages = found.messages.filter(({ channel_id }) => within(channel_id))
        // How many there are elsewhere is not for the agent either.
        return { ...found, total: messages.length, messages }
      },
    }),
    'slack.list_users': 'untouched',
    'slack.get_user': 'untouched',
  },
}
