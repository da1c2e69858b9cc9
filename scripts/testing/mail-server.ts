// A mail server on loopback for tests: it keeps what it takes, as a person's inbox would.
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type Taken = {
  from: string
  to: string[]
  secure: boolean
  user: string | null
  /** The letter as it came over the wire. */
  raw: string
  /** Its text part, decoded. */
  text: string
}

export type MailServer = {
  taken: Taken[]
  port: number
  /** For `BEHALF_SMTP_URL`. */
  url: string
  stop: () => Promise<void>
}

/** The text part of a letter of ours, which comes first and is quoted-printable or plain. */
function textOf(raw: string): string {
  const [, head = '', body = ''] =
    /Content-Type: text\/plain([\s\S]*?)\r\n\r\n([\s\S]*?)(\r\n--[-_\w]|$)/.exec(raw) ?? []
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString()
  if (!/quoted-printable/i.test(head)) return body
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** @param atPort any free one, unless the product was told of one before */
export async function startMailServer(options: SMTPServerOptions = {}, atPort = 0): Promise<MailServer> {
  const taken: Taken[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const raw = Buffer.concat(chunks).toString()
        taken.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : null,
          raw,
          text: textOf(raw),
        })
        done()
      })
    },
    ...options,
  })
  // A client that hangs up in the middle is what some tests are about.
  server.on('error', () => undefined)
  await new Promise<void>((ready) => server.listen(atPort, '127.0.0.1', ready))
  const address = server.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    taken,
    port,
    url: `smtp://127.0.0.1:${port}?tls=off`,
    stop: () => new Promise<void>((done) => server.close(() => done())),
  }
}
