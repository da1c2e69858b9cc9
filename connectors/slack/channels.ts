import { z } from 'zod'
import { cursorsOf, listPage, type ToolHttp, tool } from '#lib/connector-kit'
import { channelId, listed, timestamp } from './wire.ts'

const topicWire = z.object({ value: z.string() }).nullish()
const channelWire = z.object({
  id: z.string(),
  name: z.string(),
  is_member: z.boolean().nullish(),
  num_members: z.number().nullish(),
  topic: topicWire,
  purpose: topicWire,
})

const channels = cursorsOf('slack.list_channels')

export const listChannels = tool({
  name: 'slack.list_channels',
  title: 'List channels',
  description: 'Lists the public channels of the workspace that are not archived, a page at a time.',
  scopes: [['channels:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    limit: z.number().int().min(1).max(200).default(100).describe('Most channels to return'),
    cursor: channels.field,
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
    const { found, next_cursor } = await listPage(http, '/api/conversations.list', {
      form: listed,
      cursors: channels,
      cursor: input.cursor,
      size: input.limit,
      options: { query: { types: 'public_channel', exclude_archived: true } },
      read: (body) => z.object({ channels: z.array(channelWire) }).parse(body).channels,
    })
    return {
      channels: found.map((one) => ({
        id: one.id,
        name: one.name,
        topic: one.topic?.value ?? '',
        purpose: one.purpose?.value ?? '',
        is_member: one.is_member ?? false,
        members: one.num_members ?? null,
      })),
      next_cursor,
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

/** A page of messages, from wherever Slack has them. */
async function readMessages(
  http: ToolHttp,
  path: string,
  cursors: ReturnType<typeof cursorsOf>,
  input: { limit: number; cursor?: string | undefined },
  query: Readonly<Record<string, string | undefined>>,
): Promise<z.infer<typeof messagePage>> {
  const { found, next_cursor } = await listPage(http, path, {
    form: listed,
    cursors,
    cursor: input.cursor,
    size: input.limit,
    options: { query },
    read: (body) => z.object({ messages: z.array(messageWire) }).parse(body).messages,
  })
  return {
    messages: found.map((one) => ({
      ts: one.ts,
      text: one.text ?? '',
      author_id: one.user ?? one.bot_id ?? null,
      thread_ts: one.thread_ts ?? null,
      replies: one.reply_count ?? 0,
    })),
    next_cursor,
  }
}

// Slack gives apps outside its marketplace no more than 15 messages at a time.
const limit = z.number().int().min(1).max(100).default(15).describe('Most messages to return')

const inChannel = cursorsOf('slack.read_channel')

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
    cursor: inChannel.field,
  }),
  output: messagePage,
  run: ({ input, http }) => {
    const { channel_id: channel, oldest, latest } = input
    return readMessages(http, '/api/conversations.history', inChannel, input, { channel, oldest, latest })
  },
})

const inThread = cursorsOf('slack.read_thread')

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
    cursor: inThread.field,
  }),
  output: messagePage,
  run: ({ input, http }) => {
    const query = { channel: input.channel_id, ts: input.thread_ts }
    return readMessages(http, '/api/conversations.replies', inThread, input, query)
  },
})
