import { afterEach, expect, it } from 'vitest'
import { classify } from '#lib/connector-kit'
import { type Answer, answered, cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { zendesk } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(name: string, input: unknown, answers: Record<string, Answer>) {
  wire = await startWire(answers)
  const output = await runTool(zendesk, wire.url, name, input)
  return { output, received: wire.received }
}

const ticketWire = {
  url: 'https://acme.zendesk.com/api/v2/tickets/35.json',
  id: 35,
  subject: 'It is late',
  description: 'Where is my parcel?',
  status: 'open',
  priority: null,
  requester_id: 7,
  created_at: '2026-01-02T03:04:05Z',
  updated_at: '2026-01-02T03:04:06Z',
}
const { url: _, ...ticket } = ticketWire

it('lists tickets a page at a time', async () => {
  const body = { tickets: [ticketWire], meta: { has_more: true, after_cursor: 'abc' } }
  const asked = { limit: 1, cursor: cursorOf('zendesk.list_tickets', 'x') }
  const { output, received } = await run('zendesk.list_tickets', asked, {
    'GET /api/v2/tickets.json': { body },
  })
  expect(received[0]?.query).toEqual({ 'page[size]': '1', 'page[after]': 'x' })
  expect(output).toEqual({ tickets: [ticket], next_cursor: cursorOf('zendesk.list_tickets', 'abc') })
})

it('searches tickets alone, and says whether there are more', async () => {
  const body = { results: [ticketWire], next_page: null }
  const asked = { query: 'parcel status:open' }
  const { output, received } = await run('zendesk.search_tickets', asked, {
    'GET /api/v2/search.json': { body },
  })
  expect(received[0]?.query).toMatchObject({ query: 'type:ticket parcel status:open', page: '1' })
  expect(output).toEqual({ tickets: [ticket], next_cursor: null })
})

it('reads a ticket with what was said', async () => {
  const comment = { id: 1, author_id: 7, body: 'Where?', public: true, created_at: '2026-01-02T03:04:05Z' }
  const answers = {
    'GET /api/v2/tickets/35.json': { body: { ticket: ticketWire } },
    'GET /api/v2/tickets/35/comments.json': { body: { comments: [comment] } },
  }
  const { output } = await run('zendesk.get_ticket', { ticket_id: 35 }, answers)
  const { id: __, ...said } = comment
  expect(output).toEqual({ ...ticket, comments: [said] })
})

it('opens a ticket, and answers one in public', async () => {
  const opened = await run(
    'zendesk.create_ticket',
    { subject: 'Bug', body: 'It breaks', priority: 'high' },
    { 'POST /api/v2/tickets.json': { status: 201, body: { ticket: ticketWire } } },
  )
  expect(opened.received[0]?.body).toEqual({
    ticket: { subject: 'Bug', comment: { body: 'It breaks' }, priority: 'high' },
  })
  await wire.close()
  const replied = await run(
    'zendesk.reply_to_ticket',
    { ticket_id: 35, body: 'Tomorrow.', status: 'pending' },
    { 'PUT /api/v2/tickets/35.json': { body: { ticket: ticketWire } } },
  )
  expect(replied.received[0]?.body).toEqual({
    ticket: { comment: { body: 'Tomorrow.', public: true }, status: 'pending' },
  })
})

it('knows whose a token is, and when it is over', () => {
  const { parse } = zendesk.auth.identity
  expect(parse({ user: { id: 7, email: 'ana@example.com', name: 'Ana' } })).toEqual({
    id: '7',
    label: 'ana@example.com',
  })
  // Who is not signed in is somebody there too, without an id.
  expect(() => parse({ user: { id: null, email: 'invalid@example.com', name: 'Anonymous user' } })).toThrow()
  expect(classify(zendesk.apiErrors, answered(401, { error: "Couldn't authenticate you" }))).toBe('expired')
})
