import { z } from 'zod'
import { byCursor, byPage, cursorsOf, listPage, segment, tool } from '#lib/connector-kit'

const ticketWire = z.object({
  id: z.number(),
  subject: z.string().nullish(),
  description: z.string().nullish(),
  status: z.string(),
  priority: z.string().nullish(),
  requester_id: z.number().nullish(),
  created_at: z.string(),
  updated_at: z.string(),
})
const ticket = z.object({
  id: z.number(),
  subject: z.string(),
  description: z.string(),
  status: z.string(),
  priority: z.string().nullable(),
  requester_id: z.number().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
})
const plain = (one: z.output<typeof ticketWire>) => ({
  id: one.id,
  subject: one.subject ?? '',
  description: one.description ?? '',
  status: one.status,
  priority: one.priority ?? null,
  requester_id: one.requester_id ?? null,
  created_at: one.created_at,
  updated_at: one.updated_at,
})

const ticketId = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).describe('Number of the ticket')
const limit = z.number().int().min(1).max(100).default(25).describe('Most tickets to return')
const page = z.object({ tickets: z.array(ticket), next_cursor: z.string().nullable() })

const listed = byCursor({
  param: 'page[after]',
  size: 'page[size]',
  next: 'meta.after_cursor',
  more: 'meta.has_more',
})
const nextPage = z.object({ next_page: z.string().nullish() })
const found = byPage({
  param: 'page',
  size: 'per_page',
  more: (body) => (nextPage.parse(body).next_page ?? null) !== null,
})
const cursors = cursorsOf('zendesk.list_tickets')
const hits = cursorsOf('zendesk.search_tickets')

export const listTickets = tool({
  name: 'zendesk.list_tickets',
  title: 'List tickets',
  description: 'Lists the tickets that the connected Zendesk account can see, a page at a time.',
  scopes: [['tickets:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    limit,
    cursor: cursors.field,
  }),
  output: page,
  run: async ({ input, http }) => {
    const listing = await listPage(http, '/api/v2/tickets.json', {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      read: (body) => z.object({ tickets: z.array(ticketWire) }).parse(body).tickets,
    })
    return { tickets: listing.found.map(plain), next_cursor: listing.next_cursor }
  },
})

export const searchTickets = tool({
  name: 'zendesk.search_tickets',
  title: 'Search tickets',
  description:
    'Finds tickets by words and by properties such as status:open or priority:high, newest first, a page at a time.',
  scopes: [['tickets:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    query: z.string().min(1).max(500).describe('Words, or properties of Zendesk search such as status:open'),
    limit,
    cursor: hits.field,
  }),
  output: page,
  run: async ({ input, http }) => {
    const query = { query: `type:ticket ${input.query}`, sort_by: 'created_at', sort_order: 'desc' }
    const listing = await listPage(http, '/api/v2/search.json', {
      form: found,
      cursors: hits,
      cursor: input.cursor,
      size: input.limit,
      options: { query },
      read: (body) => z.object({ results: z.array(ticketWire) }).parse(body).results,
    })
    return { tickets: listing.found.map(plain), next_cursor: listing.next_cursor }
  },
})

export const getTicket = tool({
  name: 'zendesk.get_ticket',
  title: 'Get a ticket',
  description: 'Reads one ticket with its latest comments, public ones and notes of the team alike.',
  scopes: [['tickets:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ ticket_id: ticketId }),
  output: ticket.extend({
    comments: z.array(
      z.object({ author_id: z.number(), body: z.string(), public: z.boolean(), created_at: z.string() }),
    ),
  }),
  run: async ({ input, http }) => {
    const path = `/api/v2/tickets/${segment(input.ticket_id)}`
    const found = z.object({ ticket: ticketWire }).parse(await http.get(`${path}.json`))
    const { comments } = z
      .object({
        comments: z.array(
          z.object({
            author_id: z.number(),
            body: z.string().nullish(),
            public: z.boolean(),
            created_at: z.string(),
          }),
        ),
      })
      .parse(await http.get(`${path}/comments.json`, { query: { sort_order: 'desc', per_page: 50 } }))
    return { ...plain(found.ticket), comments: comments.map((one) => ({ ...one, body: one.body ?? '' })) }
  },
})

export const createTicket = tool({
  name: 'zendesk.create_ticket',
  title: 'Open a ticket',
  description: 'Opens a ticket with the connected account as its requester, and answers it with its number.',
  scopes: [['tickets:write']],
  effect: 'write',
  idempotent: false,
  input: z.strictObject({
    subject: z.string().min(1).max(200),
    body: z.string().min(1).max(20_000).describe('What it is about, in plain text'),
    priority: z.enum(['low', 'normal', 'high', 'urgent']).optional(),
  }),
  output: ticket,
  idempotencyKey: { header: 'idempotency-key' },
  run: async ({ input, http }) => {
    const { subject, body, priority } = input
    const json = { ticket: { subject, comment: { body }, ...(priority && { priority }) } }
    const made = z.object({ ticket: ticketWire }).parse(await http.post('/api/v2/tickets.json', { json }))
    return plain(made.ticket)
  },
})

export const replyToTicket = tool({
  name: 'zendesk.reply_to_ticket',
  title: 'Answer a ticket',
  description: 'Adds a public comment to a ticket: Zendesk mails it to the requester.',
  scopes: [['tickets:reply']],
  effect: 'send',
  idempotent: false,
  input: z.strictObject({
    ticket_id: ticketId,
    body: z.string().min(1).max(20_000).describe('The answer, in plain text'),
    status: z.enum(['open', 'pending', 'solved']).optional().describe('What becomes of the ticket'),
  }),
  output: ticket,
  run: async ({ input, http }) => {
    const { ticket_id, body, status } = input
    const json = { ticket: { comment: { body, public: true }, ...(status && { status }) } }
    const changed = z
      .object({ ticket: ticketWire })
      .parse(await http.put(`/api/v2/tickets/${segment(ticket_id)}.json`, { json }))
    return plain(changed.ticket)
  },
})
