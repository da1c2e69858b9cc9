import { z } from 'zod'
import { byToken, cursorsOf, listPage, segment, type ToolHttp, tool } from '#lib/connector-kit'
import { flatten, formatMail, header, mailPart, plainText } from './mail-format.ts'
import { gmailRead, gmailSend } from './scopes.ts'

const messageWire = z.object({
  id: z.string(),
  threadId: z.string(),
  labelIds: z.array(z.string()).nullish(),
  snippet: z.string().nullish(),
  payload: mailPart.nullish(),
})

const summary = z.object({
  id: z.string(),
  thread_id: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  subject: z.string().nullable(),
  date: z.string().nullable(),
  snippet: z.string(),
  labels: z.array(z.string()),
})

function toSummary(wire: z.infer<typeof messageWire>): z.infer<typeof summary> {
  return {
    id: wire.id,
    thread_id: wire.threadId,
    from: header(wire.payload, 'From'),
    to: header(wire.payload, 'To'),
    subject: header(wire.payload, 'Subject'),
    date: header(wire.payload, 'Date'),
    snippet: wire.snippet ?? '',
    labels: wire.labelIds ?? [],
  }
}

const messages = '/gmail/v1/users/me/messages'
const onGmail = { base: 'gmail' } as const

async function readMessage(http: ToolHttp, id: string, format: 'full' | 'metadata') {
  const metadataHeaders = format === 'metadata' ? ['From', 'To', 'Subject', 'Date'] : undefined
  return messageWire.parse(
    await http.get(`${messages}/${segment(id)}`, { ...onGmail, query: { format, metadataHeaders } }),
  )
}

const listed = byToken({ param: 'pageToken', size: 'maxResults', next: 'nextPageToken' })
const cursors = cursorsOf('google.search_gmail_messages')

export const searchGmailMessages = tool({
  name: 'google.search_gmail_messages',
  title: 'Search e-mail',
  description:
    'Finds e-mail with Gmail search syntax, such as "from:ana@acme.test newer_than:7d", newest first. ' +
    'Answers senders, subjects and a snippet; read one for its text.',
  scopes: [[gmailRead]],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    query: z.string().max(500).optional().describe('Words and operators; everything if absent'),
    limit: z.number().int().min(1).max(25).default(10).describe('Most messages to return'),
    cursor: cursors.field,
  }),
  output: z.object({ messages: z.array(summary), next_cursor: z.string().nullable() }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, messages, {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      options: { ...onGmail, query: { q: input.query } },
      read: (body) =>
        z.object({ messages: z.array(z.object({ id: z.string() })).default([]) }).parse(body).messages,
    })
    // The list holds ids alone, and Gmail counts each reading; five at once stay under its limit per second.
    const summaries: z.infer<typeof summary>[] = []
    for (let start = 0; start < found.length; start += 5) {
      const batch = found.slice(start, start + 5)
      const read = await Promise.all(batch.map(({ id }) => readMessage(http, id, 'metadata')))
      summaries.push(...read.map(toSummary))
    }
    return { messages: summaries, next_cursor }
  },
})

const textMax = 100_000

export const getGmailMessage = tool({
  name: 'google.get_gmail_message',
  title: 'Read an e-mail',
  description:
    `Reads one e-mail by its id: its plain text up to ${textMax} characters and the names of its attachments. ` +
    'Text is null for a message of HTML alone.',
  scopes: [[gmailRead]],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    message_id: z
      .string()
      .max(100)
      .regex(/^[\w-]+$/)
      .describe('Id of the message'),
  }),
  output: summary.extend({
    text: z.string().nullable(),
    truncated: z.boolean(),
    attachments: z.array(z.object({ name: z.string(), mime_type: z.string(), size_bytes: z.number() })),
  }),
  run: async ({ input, http }) => {
    const wire = await readMessage(http, input.message_id, 'full')
    const text = wire.payload ? plainText(wire.payload) : null
    return {
      ...toSummary(wire),
      text: text?.slice(0, textMax) ?? null,
      truncated: (text?.length ?? 0) > textMax,
      attachments: (wire.payload ? flatten(wire.payload) : []).flatMap((part) =>
        part.filename
          ? [{ name: part.filename, mime_type: part.mimeType ?? '', size_bytes: part.body?.size ?? 0 }]
          : [],
      ),
    }
  },
})

export const sendGmailMessage = tool({
  name: 'google.send_gmail_message',
  title: 'Send an e-mail',
  description: 'Sends a plain-text e-mail from the address of the connected person.',
  scopes: [[gmailSend]],
  effect: 'send',
  idempotent: false,
  input: z.strictObject({
    to: z.array(z.email().max(254)).min(1).max(50).describe('Addresses'),
    cc: z.array(z.email().max(254)).max(50).optional().describe('Addresses of those who get a copy'),
    subject: z
      .string()
      .min(1)
      .max(500)
      .regex(/^\P{Cc}+$/u, 'must be one line')
      .describe('Subject in one line'),
    text: z.string().min(1).max(100_000).describe('Plain text'),
  }),
  output: z.object({ id: z.string(), thread_id: z.string() }),
  run: async ({ input, http }) => {
    const raw = Buffer.from(formatMail(input)).toString('base64url')
    const sent = z
      .object({ id: z.string(), threadId: z.string() })
      .parse(await http.post(`${messages}/send`, { ...onGmail, json: { raw } }))
    return { id: sent.id, thread_id: sent.threadId }
  },
})
