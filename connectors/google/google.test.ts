import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { classify } from '#lib/connector-kit'
import { type Answer, answered, cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { google } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(name: string, input: unknown, answers: Record<string, Answer>) {
  wire = await startWire(answers)
  const output = await runTool(google, wire.url, name, input)
  return { output, received: wire.received }
}

describe('Calendar', () => {
  const eventWire = {
    kind: 'calendar#event',
    id: 'ev1',
    status: 'confirmed',
    htmlLink: 'https://www.google.com/calendar/event?eid=1',
    summary: 'Standup',
    start: { dateTime: '2026-12-24T09:00:00+01:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-12-24T09:15:00+01:00' },
    attendees: [{ email: 'ana@acme.test', responseStatus: 'accepted' }, { responseStatus: 'needsAction' }],
  }
  const event = {
    id: 'ev1',
    title: 'Standup',
    starts_at: '2026-12-24T09:00:00+01:00',
    ends_at: '2026-12-24T09:15:00+01:00',
    all_day: false,
    location: null,
    description: null,
    attendees: ['ana@acme.test'],
    status: 'confirmed',
    url: 'https://www.google.com/calendar/event?eid=1',
  }

  it('lists events in order of start, a page at a time, the id of the calendar as one segment', async () => {
    const day = { id: 'ev2', start: { date: '2026-12-25' }, end: { date: '2026-12-26' } }
    const { output, received } = await run(
      'google.list_calendar_events',
      {
        calendar_id: 'team/a@acme.test',
        from: '2026-12-24T00:00:00Z',
        limit: 2,
        cursor: cursorOf('google.list_calendar_events', 'p1'),
      },
      {
        'GET /calendar/v3/calendars/team%2Fa%40acme.test/events': {
          body: { items: [eventWire, day], nextPageToken: 'p2' },
        },
      },
    )
    expect(received[0]?.query).toEqual({
      timeMin: '2026-12-24T00:00:00Z',
      maxResults: '2',
      pageToken: 'p1',
      singleEvents: 'true',
      orderBy: 'startTime',
    })
    expect(received[0]?.headers['x-base']).toBe('www')
    expect(output).toMatchObject({
      events: [event, { id: 'ev2', title: null, all_day: true, starts_at: '2026-12-25' }],
      next_cursor: cursorOf('google.list_calendar_events', 'p2'),
    })
  })

  const input = {
    title: 'Standup',
    starts_at: '2026-12-24T09:00:00+01:00',
    ends_at: '2026-12-24T09:15:00+01:00',
    attendees: ['ana@acme.test'],
  }
  const answers = { 'POST /calendar/v3/calendars/primary/events': { body: eventWire } }

  it('adds an event without sending e-mail', async () => {
    const { output, received } = await run('google.create_calendar_event', input, answers)
    expect(received[0]?.query).toEqual({ sendUpdates: 'none' })
    expect(received[0]?.body).toMatchObject({
      summary: 'Standup',
      start: { dateTime: input.starts_at },
      end: { dateTime: input.ends_at },
      attendees: [{ email: 'ana@acme.test' }],
    })
    expect(output).toEqual(event)
  })

  it('gives one execution one event id, in the alphabet that Google takes', async () => {
    const first = await run('google.create_calendar_event', input, answers)
    await wire.close()
    const again = await run('google.create_calendar_event', input, answers)
    const [one, two] = [first, again].map(
      ({ received }) => z.object({ id: z.string() }).parse(received[0]?.body).id,
    )
    expect(one).toMatch(/^[a-v0-9]{5,1024}$/)
    expect(two).toBe(one)
  })

  it('refuses an event that ends before it starts', async () => {
    const wrong = { ...input, ends_at: '2026-12-24T08:30:00+01:00' }
    await expect(run('google.create_calendar_event', wrong, answers)).rejects.toThrow(/after starts_at/)
  })
})

describe('OAuth', () => {
  it('knows the base scopes again under the long names by which Google answers them', () => {
    const tokens = google.auth.parseTokens({
      access_token: 'ya29.a',
      refresh_token: '1//r',
      expires_in: 3599,
      scope:
        'https://www.googleapis.com/auth/gmail.readonly openid https://www.googleapis.com/auth/userinfo.email',
      id_token: 'x.y.z',
    })
    expect(tokens).toEqual({
      accessToken: 'ya29.a',
      refreshToken: '1//r',
      expiresInSeconds: 3599,
      scopes: ['https://www.googleapis.com/auth/gmail.readonly', 'openid', 'email'],
    })
  })

  it('names a person by sub, labelled with the address', () => {
    const body = { sub: '117', email: 'ana@acme.test', name: 'Ana' }
    expect(google.auth.identity.parse(body)).toEqual({ id: '117', label: 'ana@acme.test' })
  })

  it.each([
    [400, 'invalid_grant', 'ambiguous'],
    [401, 'invalid_client', 'config'],
    [401, 'deleted_client', 'config'],
    [401, 'unauthorized_client', 'config'],
    [400, 'redirect_uri_mismatch', 'config'],
    [429, 'rate_limit_exceeded', 'rate_limited'],
    [500, 'internal_failure', 'transient'],
    [503, undefined, 'transient'],
  ])('reads %i with %s at the token endpoint as %s', (status, error, is) => {
    expect(classify(google.auth.tokenErrors, answered(status, error ? { error } : null))).toBe(is)
  })

  it.each([
    [401, 'UNAUTHENTICATED', 'expired'],
    [403, 'PERMISSION_DENIED', 'permission'],
    [404, 'NOT_FOUND', 'not_found'],
    [429, 'RESOURCE_EXHAUSTED', 'rate_limited'],
    [503, 'UNAVAILABLE', 'transient'],
    [400, 'INVALID_ARGUMENT', 'invalid'],
  ])('reads %i %s of the API as %s, with or without the newer status field', (code, status, is) => {
    expect(classify(google.apiErrors, answered(code, { error: { code, message: '…', status } }))).toBe(is)
    expect(classify(google.apiErrors, answered(code, { error: { code, message: '…', errors: [] } }))).toBe(is)
  })

  it('revokes only where no other connection shares the grant', () => {
    expect(google.auth.revoke).toMatchObject({ endsWiderGrant: true, method: 'POST' })
    expect(google.auth.revoke?.confirms(200, {})).toBe(true)
  })
})
