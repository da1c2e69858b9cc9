import { z } from 'zod'
import { segment, tool } from '#lib/connector-kit'

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

export const listTickets = tool({
  name: 'zendesk.list_tickets',
  title: 'List tickets',
  description: 'Lists the tickets that the connected Zendesk account can see, a page at a time.',
  scopes: [['tickets:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    limit,
    cursor: z.string().max(500).optional().describe('next_cursor of the page before'),
  }),
  output: page,
  run: async ({ input, http }) => {
    const query = { 'page[size]': input.limit, 'page[after]': input.cursor }
    const found = z
      .object({
        tickets: z.array(ticketWire),
        meta: z.object({ has_more: z.boolean(), after_cursor: z.string().nullish() }),
      })
      .parse(await http.get('/api/v2/tickets.json', { query }))
    return {
      tickets: found.tickets.map(plain),
      next_cursor: found.meta.has_more ? (found.meta.after_cursor ?? null) : null,
    }
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
    cursor: z
      .string()
      .regex(/^[1-9][0-9]{0,3}$/)
      .optional()
      .describe('next_cursor of the page before'),
  }),
  output: page,
  run: async ({ input, http }) => {
    const at = Number(input.cursor ?? '1')
    const query = {
      query: `type:ticket ${input.query}`,
      sort_by: 'created_at',
      sort_order: 'desc',
      per_page: input.limit,
      page: at,
    }
    const found = z
      .object({ results: z.array(ticketWire), next_page: z.string().nullish() })
      .parse(await http.get('/api/v2/search.json', { query }))
    return { tickets: found.results.map(plain), next_cursor: found.next_page ? String(at + 1) : null }
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
  run: async ({ input, http, executionId }) => {
    const { subject, body, priority } = input
    const json = { ticket: { subject, comment: { body }, ...(priority && { priority }) } }
    const headers = { 'idempotency-key': executionId }
    const made = z
      .object({ ticket: ticketWire })
      .parse(await http.post('/api/v2/tickets.json', { json, headers }))
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
