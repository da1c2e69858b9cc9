import { z } from 'zod'
import { tool } from '#lib/connector-kit'
import { channelId, cursor, nextCursor, page, timestamp } from './wire.ts'

const topicWire = z.object({ value: z.string() }).nullish()
const channelWire = z.object({
  id: z.string(),
  name: z.string(),
  is_member: z.boolean().nullish(),
  num_members: z.number().nullish(),
  topic: topicWire,
  purpose: topicWire,
})

export const listChannels = tool({
  name: 'slack.list_channels',
  title: 'List channels',
  description: 'Lists the public channels of the workspace that are not archived, a page at a time.',
  scopes: [['channels:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    limit: z.number().int().min(1).max(200).default(100).describe('Most channels to return'),
    cursor,
  }),
  output: z.object({
    channels: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        topic: z.string(),
        purpose: z.string(),
        is_member: z.boolean(),
        members: z.number().nullable(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  run: async ({ input, http }) => {
    const query = { types: 'public_channel', exclude_archived: true, ...input }
    const found = page({ channels: z.array(channelWire) }).parse(
      await http.get('/api/conversations.list', { query }),
    )
    return {
      channels: found.channels.map((one) => ({
        id: one.id,
        name: one.name,
        topic: one.topic?.value ?? '',
        purpose: one.purpose?.value ?? '',
        is_member: one.is_member ?? false,
        members: one.num_members ?? null,
      })),
      next_cursor: nextCursor(found),
    }
  },
})

const messageWire = z.object({
  ts: z.string(),
  text: z.string().nullish(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  thread_ts: z.string().nullish(),
  reply_count: z.number().nullish(),
})

const message = z.object({
  ts: z.string(),
  text: z.string(),
  author_id: z.string().nullable(),
  thread_ts: z.string().nullable(),
  replies: z.number(),
})
const messagePage = z.object({ messages: z.array(message), next_cursor: z.string().nullable() })

function toMessages(answer: unknown): z.infer<typeof messagePage> {
  const found = page({ messages: z.array(messageWire) }).parse(answer)
  return {
    messages: found.messages.map((one) => ({
      ts: one.ts,
      text: one.text ?? '',
      author_id: one.user ?? one.bot_id ?? null,
      thread_ts: one.thread_ts ?? null,
      replies: one.reply_count ?? 0,
    })),
    next_cursor: nextCursor(found),
  }
}

// Slack gives apps outside its marketplace no more than 15 messages at a time.
const limit = z.number().int().min(1).max(100).default(15).describe('Most messages to return')

export const readChannel = tool({
  name: 'slack.read_channel',
  title: 'Read a channel',
  description: 'Reads the messages of one public channel, newest first, without the replies in threads.',
  scopes: [['channels:history']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    channel_id: channelId,
    oldest: timestamp.optional().describe('Only messages after this ts'),
    latest: timestamp.optional().describe('Only messages before this ts'),
    limit,
    cursor,
  }),
  output: messagePage,
  run: async ({ input: { channel_id, ...window }, http }) =>
    toMessages(await http.get('/api/conversations.history', { query: { channel: channel_id, ...window } })),
})

export const readThread = tool({
  name: 'slack.read_thread',
  title: 'Read a thread',
  description:
    'Reads one thread of a public channel: the message that began it and its replies, oldest first.',
  scopes: [['channels:history']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    channel_id: channelId,
    thread_ts: timestamp.describe('ts of the message that began the thread'),
    limit,
    cursor,
  }),
  output: messagePage,
  run: async ({ input, http }) => {
    const query = {
      channel: input.channel_id,
      ts: input.thread_ts,
      limit: input.limit,
      cursor: input.cursor,
    }
    return toMessages(await http.get('/api/conversations.replies', { query }))
  },
})
