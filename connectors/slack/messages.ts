import { z } from 'zod'
import { byPage, cursorsOf, listPage, tool } from '#lib/connector-kit'
import { channelId, timestamp } from './wire.ts'

export const postMessage = tool({
  name: 'slack.post_message',
  title: 'Post a message',
  description: 'Posts a message to a channel, or a reply to a thread, in the name of the connected person.',
  scopes: [['chat:write']],
  effect: 'send',
  idempotent: false,
  input: z.strictObject({
    channel_id: channelId,
    text: z.string().min(1).max(4000).describe('Text in Slack mrkdwn'),
    thread_ts: timestamp.optional().describe('ts of the message to reply to'),
  }),
  output: z.object({ channel_id: z.string(), ts: z.string() }),
  run: async ({ input, http }) => {
    const sent = z.object({ channel: z.string(), ts: z.string() }).parse(
      await http.post('/api/chat.postMessage', {
        json: { channel: input.channel_id, text: input.text, thread_ts: input.thread_ts },
      }),
    )
    return { channel_id: sent.channel, ts: sent.ts }
  },
})

const matchWire = z.object({
  ts: z.string(),
  text: z.string().nullish(),
  user: z.string().nullish(),
  channel: z.object({ id: z.string(), name: z.string().nullish() }),
  permalink: z.string().nullish(),
})

const hitsWire = z.object({
  messages: z.object({
    total: z.number(),
    matches: z.array(matchWire),
    paging: z.object({ page: z.number(), pages: z.number() }),
  }),
})
const hits = byPage({
  param: 'page',
  size: 'count',
  more: (body) => {
    const { paging } = hitsWire.parse(body).messages
    return paging.page < paging.pages
  },
})
const cursors = cursorsOf('slack.search_messages')

export const searchMessages = tool({
  name: 'slack.search_messages',
  title: 'Search messages',
  description:
    'Searches all that the connected person can see in Slack, private channels and direct messages included, ' +
    'with Slack search syntax such as "in:#support from:@ana refund".',
  scopes: [['search:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    query: z.string().min(1).max(500).describe('Words and modifiers'),
    sort: z.enum(['score', 'timestamp']).default('score').describe('Best match, or newest first'),
    limit: z.number().int().min(1).max(100).default(20).describe('Most messages to return'),
    cursor: cursors.field,
  }),
  output: z.object({
    total: z.number(),
    messages: z.array(
      z.object({
        ts: z.string(),
        text: z.string(),
        author_id: z.string().nullable(),
        channel_id: z.string(),
        channel_name: z.string().nullable(),
        url: z.string().nullable(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  run: async ({ input, http }) => {
    const { found: messages, next_cursor } = await listPage(http, '/api/search.messages', {
      form: hits,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      options: { query: { query: input.query, sort: input.sort } },
      read: (body) => hitsWire.parse(body).messages,
    })
    return {
      total: messages.total,
      messages: messages.matches.map((one) => ({
        ts: one.ts,
        text: one.text ?? '',
        author_id: one.user ?? null,
        channel_id: one.channel.id,
        channel_name: one.channel.name ?? null,
        url: one.permalink ?? null,
      })),
      next_cursor,
    }
  },
})
