import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Answer, cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
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
