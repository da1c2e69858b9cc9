import { createHash } from 'node:crypto'
import { z } from 'zod'
import { byToken, cursorsOf, ifThere, listPage, segment, tool } from '#lib/connector-kit'
import { calendarEvents, calendarRead } from './scopes.ts'

const whenWire = z.object({ dateTime: z.string().optional(), date: z.string().optional() })
const eventWire = z.object({
  id: z.string(),
  status: z.string().nullish(),
  summary: z.string().nullish(),
  description: z.string().nullish(),
  location: z.string().nullish(),
  htmlLink: z.string().nullish(),
  start: whenWire.nullish(),
  end: whenWire.nullish(),
  attendees: z.array(z.object({ email: z.string().nullish() })).nullish(),
})

const event = z.object({
  id: z.string(),
  title: z.string().nullable(),
  starts_at: z.string().nullable().describe('Time with its offset, or a date for a whole day'),
  ends_at: z.string().nullable(),
  all_day: z.boolean(),
  location: z.string().nullable(),
  description: z.string().nullable(),
  attendees: z.array(z.string()),
  status: z.string().nullable(),
  url: z.string().nullable(),
})

function toEvent(wire: z.infer<typeof eventWire>): z.infer<typeof event> {
  return {
    id: wire.id,
    title: wire.summary ?? null,
    starts_at: wire.start?.dateTime ?? wire.start?.date ?? null,
    ends_at: wire.end?.dateTime ?? wire.end?.date ?? null,
    all_day: wire.start?.dateTime === undefined && wire.start?.date !== undefined,
    location: wire.location ?? null,
    description: wire.description ?? null,
    attendees: (wire.attendees ?? []).flatMap((person) => person.email ?? []),
    status: wire.status ?? null,
    url: wire.htmlLink ?? null,
  }
}

const calendarId = z
  .string()
  .min(1)
  .max(254)
  .refine((id) => id !== '.' && id !== '..', 'is not a calendar id')
  .default('primary')
  .describe('primary, or the id of another calendar')
const instant = z.iso.datetime({ offset: true })
const eventsOf = (id: string) => `/calendar/v3/calendars/${segment(id)}/events`

const listed = byToken({ param: 'pageToken', size: 'maxResults', next: 'nextPageToken' })
const cursors = cursorsOf('google.list_calendar_events')

export const listCalendarEvents = tool({
  name: 'google.list_calendar_events',
  title: 'List calendar events',
  description:
    'Lists the events of a Google calendar between two times, in order of start, repeating events one by one.',
  scopes: [[calendarRead], [calendarEvents]],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    calendar_id: calendarId,
    from: instant.describe('Events that end after this time, such as 2026-12-24T09:00:00+01:00'),
    to: instant.optional().describe('Events that start before this time'),
    text: z.string().min(1).max(200).optional().describe('Only events that contain these words'),
    limit: z.number().int().min(1).max(250).default(50).describe('Most events to return'),
    cursor: cursors.field,
  }),
  output: z.object({ events: z.array(event), next_cursor: z.string().nullable() }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, eventsOf(input.calendar_id), {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      options: {
        query: {
          timeMin: input.from,
          timeMax: input.to,
          q: input.text,
          singleEvents: true,
          orderBy: 'startTime',
        },
      },
      read: (body) => z.object({ items: z.array(eventWire).default([]) }).parse(body).items,
    })
    return { events: found.map(toEvent), next_cursor }
  },
})

const eventId = (executionId: string) => createHash('sha256').update(executionId).digest('hex')

export const createCalendarEvent = tool({
  name: 'google.create_calendar_event',
  title: 'Add a calendar event',
  description:
    'Adds an event to a Google calendar. Attendees see it in their calendars; no e-mail is sent to them.',
  scopes: [[calendarEvents]],
  effect: 'write',
  idempotent: false,
  input: z
    .strictObject({
      calendar_id: calendarId,
      title: z.string().min(1).max(1024),
      starts_at: instant.describe('Start with its offset, such as 2026-12-24T09:00:00+01:00'),
      ends_at: instant.describe('End with its offset'),
      description: z.string().max(8192).optional(),
      location: z.string().max(1024).optional(),
      attendees: z.array(z.email().max(254)).max(50).optional().describe('E-mail addresses'),
    })
    .refine((input) => Date.parse(input.ends_at) > Date.parse(input.starts_at), {
      path: ['ends_at'],
      message: 'must be after starts_at',
    }),
  output: event,
  run: async ({ input, http, executionId }) => {
    const json = {
      // Ours to choose, in base32hex: the same execution sent twice is refused as a duplicate and not added twice.
      id: eventId(executionId),
      summary: input.title,
      description: input.description,
      location: input.location,
      start: { dateTime: input.starts_at },
      end: { dateTime: input.ends_at },
      attendees: input.attendees?.map((email) => ({ email })),
    }
    const query = { sendUpdates: 'none' }
    return toEvent(eventWire.parse(await http.post(eventsOf(input.calendar_id), { query, json })))
  },
  reconcile: async ({ input, http, executionId }) => {
    const path = `${eventsOf(input.calendar_id)}/${segment(eventId(executionId))}`
    const found = await ifThere(http.get(path))
    return found === null
      ? { outcome: 'did_not' }
      : { outcome: 'happened', output: toEvent(eventWire.parse(found)) }
  },
})
