import { createTransport } from 'nodemailer'
import type { MailSettings } from '#lib/config'
import { type Egress, EgressError } from '#lib/egress'
import type { Letter } from './letter.ts'

/** Mail that did not go. The message has the code alone: a server's own words quote addresses. */
export class MailError extends Error {
  override readonly name = 'MailError'
  /** Whether the server refuses this letter for good, so that trying again says nothing new. */
  readonly permanent: boolean
  readonly code: string

  constructor(code: string, permanent: boolean) {
    super(`mail not sent: ${code}`)
    this.code = code
    this.permanent = permanent
  }
}

export type Mailer = { send: (letter: Letter) => Promise<void> }

const connectMs = 10_000
const silenceMs = 20_000
const totalMs = 60_000
/** One plain address: nothing that a header or the envelope could read as two. */
const plainAddress = /^[^\s<>,;:"()[\]\\@]{1,64}@[A-Za-z0-9.-]{1,255}$/

/**
 * Sends letters over SMTP (RFC 5321), each over a connection of its own that the egress guard opened. TLS is not
 * optional: a server that offers none is not spoken to, unless the settings say `off`.
 * @param ca certificates to trust in place of the system's
 */
export function createMailer(settings: MailSettings, egress: Egress, { ca }: { ca?: string } = {}): Mailer {
  const { host, port, tls, login, from } = settings
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'off',
    ...(login && { auth: { user: login.user, pass: login.password } }),
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, done) => {
      egress.socket({ purpose: 'mail', host, port, deadlineMs: connectMs }).then(
        (connection) => done(null, { connection }),
        (error: Error) => done(error),
      )
    },
  })
  return {
    send: async (letter) => {
      if (![letter.to, letter.replyTo ?? letter.to].every((address) => plainAddress.test(address)))
        throw new MailError('invalid_address', true)
      const sending = transport.sendMail({
        from: { name: letter.fromName || from.name, address: from.address },
        to: { name: '', address: letter.to },
        ...(letter.replyTo !== null && { replyTo: { name: '', address: letter.replyTo } }),
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
        // RFC 3834 §5: no vacation note comes back.
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        signal: AbortSignal.timeout(totalMs),
      })
      await sending.catch((error: unknown) => {
        throw asMailError(error)
      })
    },
  }
}

function asMailError(error: unknown): MailError {
  if (error instanceof EgressError) return new MailError(`egress_${error.kind}`, error.kind === 'refused')
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const answered = typeof responseCode === 'number' ? responseCode : null
  if (answered !== null) {
    // A refused login is for the operator to mend, and the letter can go then.
    const permanent = answered >= 500 && code !== 'EAUTH'
    return new MailError(`smtp_${answered}`, permanent)
  }
  const named = typeof code === 'string' && /^E[A-Z]{1,30}$/.test(code) ? code.toLowerCase() : 'failed'
  return new MailError(named, false)
}
