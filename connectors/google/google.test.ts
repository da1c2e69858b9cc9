import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { classify } from '#lib/connector-kit'
import { type Answer, answered, cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { google } from './index.ts'
import { formatMail } from './mail-format.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(name: string, input: unknown, answers: Record<string, Answer>) {
  wire = await startWire(answers)
  const output = await runTool(google, wire.url, name, input)
  return { output, received: wire.received }
}

const base64url = (text: string) => Buffer.from(text).toString('base64url')

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

describe('Drive', () => {
  const fileWire = {
    id: 'f1',
    name: "Ana's plan",
    mimeType: 'application/pdf',
    modifiedTime: '2026-01-02T03:04:05.000Z',
    size: '1234',
    webViewLink: 'https://drive.google.com/file/d/f1/view',
  }
  const file = {
    id: 'f1',
    name: "Ana's plan",
    mime_type: 'application/pdf',
    modified_at: '2026-01-02T03:04:05.000Z',
    size_bytes: 1234,
    url: 'https://drive.google.com/file/d/f1/view',
  }

  it('searches with the text quoted, so that it cannot add a condition of its own', async () => {
    const text = String.raw`x\' or name contains 'y`
    const { output, received } = await run(
      'google.search_drive_files',
      { text, in: 'full_text', mime_type: 'application/pdf' },
      { 'GET /drive/v3/files': { body: { files: [fileWire] } } },
    )
    expect(received[0]?.query).toMatchObject({
      q: String.raw`fullText contains 'x\\\' or name contains \'y' and mimeType = 'application/pdf' and trashed = false`,
      pageSize: '25',
      fields: 'nextPageToken,files(id,name,mimeType,modifiedTime,size,webViewLink)',
    })
    expect(output).toEqual({ files: [file], next_cursor: null })
  })

  it('reads one file and takes a document without a size', async () => {
    const { size: _size, ...document } = fileWire
    const { output } = await run(
      'google.get_drive_file',
      { file_id: 'f1' },
      { 'GET /drive/v3/files/f1': { body: document } },
    )
    expect(output).toEqual({ ...file, size_bytes: null })
  })

  it('refuses a file id that would leave its folder', async () => {
    await expect(run('google.get_drive_file', { file_id: '../about' }, {})).rejects.toThrow()
    expect(wire.received).toEqual([])
  })
})

describe('Gmail', () => {
  const headers = [
    { name: 'from', value: 'Ben <ben@acme.test>' },
    { name: 'To', value: 'ana@acme.test' },
    { name: 'SUBJECT', value: 'Plan' },
    { name: 'Date', value: 'Thu, 1 Jan 2026 00:00:00 +0000' },
  ]
  const metadata = { id: 'm1', threadId: 't1', labelIds: ['INBOX'], snippet: 'Hi', payload: { headers } }
  const summary = {
    id: 'm1',
    thread_id: 't1',
    from: 'Ben <ben@acme.test>',
    to: 'ana@acme.test',
    subject: 'Plan',
    date: 'Thu, 1 Jan 2026 00:00:00 +0000',
    snippet: 'Hi',
    labels: ['INBOX'],
  }

  it('searches and reads the headers of what it finds, at the host of Gmail', async () => {
    const { output, received } = await run(
      'google.search_gmail_messages',
      { query: 'from:ben', limit: 1 },
      {
        'GET /gmail/v1/users/me/messages': {
          body: { messages: [{ id: 'm1', threadId: 't1' }], nextPageToken: 'n', resultSizeEstimate: 9 },
        },
        'GET /gmail/v1/users/me/messages/m1': { body: metadata },
      },
    )
    expect(received[0]?.query).toEqual({ q: 'from:ben', maxResults: '1' })
    expect(received[1]?.query).toEqual({
      format: 'metadata',
      metadataHeaders: ['From', 'To', 'Subject', 'Date'],
    })
    expect(received.map((one) => one.headers['x-base'])).toEqual(['gmail', 'gmail'])
    expect(output).toEqual({
      messages: [summary],
      next_cursor: cursorOf('google.search_gmail_messages', 'n'),
    })
  })

  it('answers an empty list where Gmail leaves it out', async () => {
    const answers = { 'GET /gmail/v1/users/me/messages': { body: { resultSizeEstimate: 0 } } }
    const { output } = await run('google.search_gmail_messages', {}, answers)
    expect(output).toEqual({ messages: [], next_cursor: null })
  })

  const read = (payload: unknown) =>
    run(
      'google.get_gmail_message',
      { message_id: 'm1' },
      {
        'GET /gmail/v1/users/me/messages/m1': { body: { ...metadata, payload } },
      },
    )

  it('reads the plain text of nested parts and names attachments', async () => {
    const { output } = await read({
      mimeType: 'multipart/mixed',
      headers,
      body: { size: 0 },
      parts: [
        {
          mimeType: 'multipart/alternative',
          parts: [
            { mimeType: 'text/plain', filename: '', body: { size: 5, data: base64url('Grüße') } },
            { mimeType: 'text/html', filename: '', body: { size: 9, data: base64url('<b>Hi</b>') } },
          ],
        },
        { mimeType: 'text/plain', filename: 'notes.txt', body: { attachmentId: 'a', size: 77 } },
      ],
    })
    expect(output).toEqual({
      ...summary,
      text: 'Grüße',
      truncated: false,
      attachments: [{ name: 'notes.txt', mime_type: 'text/plain', size_bytes: 77 }],
    })
  })

  it('gives no text for HTML alone and cuts a text that is too long', async () => {
    const html = await read({ mimeType: 'text/html', headers, body: { data: base64url('<p>x</p>') } })
    expect(html.output).toMatchObject({ text: null, truncated: false })
    await wire.close()
    const long = await read({
      mimeType: 'text/plain',
      headers,
      body: { data: base64url('a'.repeat(100_001)) },
    })
    expect(long.output).toMatchObject({ text: 'a'.repeat(100_000), truncated: true })
  })

  const mail = { to: ['ben@acme.test'], cc: ['cleo@acme.test'], subject: 'Plan für morgen', text: 'Hi\nBen' }

  it('sends a message whose headers and text arrive as they were given', async () => {
    const { output, received } = await run('google.send_gmail_message', mail, {
      'POST /gmail/v1/users/me/messages/send': { body: { id: 'm2', threadId: 't2', labelIds: ['SENT'] } },
    })
    const raw = Buffer.from(z.object({ raw: z.string() }).parse(received[0]?.body).raw, 'base64url').toString(
      'utf8',
    )
    const [head = '', body = ''] = raw.split('\r\n\r\n')
    expect(head.split('\r\n')).toEqual([
      'To: ben@acme.test',
      'Cc: cleo@acme.test',
      `Subject: =?UTF-8?B?${Buffer.from('Plan für morgen').toString('base64')}?=`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
    ])
    expect(Buffer.from(body, 'base64').toString('utf8')).toBe('Hi\r\nBen')
    expect(output).toEqual({ id: 'm2', thread_id: 't2' })
  })

  it.each([
    { ...mail, subject: 'Hi\r\nBcc: eve@evil.test' },
    { ...mail, to: ['ben@acme.test\r\nBcc: eve@evil.test'] },
    { ...mail, to: [] },
    { ...mail, bcc: ['eve@evil.test'] },
  ])('refuses to send %o', async (input) => {
    await expect(run('google.send_gmail_message', input, {})).rejects.toThrow()
    expect(wire.received).toEqual([])
  })

  it('formats no forged header even if the schema let one pass', () => {
    expect(() => formatMail({ ...mail, subject: 'a\nBcc: eve@evil.test' })).toThrow(RangeError)
  })

  it('keeps every line of a long message within 998 characters and every encoded word within 75', () => {
    const long = {
      ...mail,
      subject: 'ü'.repeat(500),
      text: 'x'.repeat(5000),
      to: Array(50).fill(`${'a'.repeat(60)}@acme.test`),
    }
    const lines = formatMail(long).split('\r\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(998)
    const words = lines.flatMap((line) => line.match(/=\?UTF-8\?B\?[^?]*\?=/g) ?? [])
    expect(Math.max(...words.map((word) => word.length))).toBeLessThanOrEqual(75)
    const decoded = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString('utf8')).join('')
    expect(decoded).toBe(long.subject)
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
