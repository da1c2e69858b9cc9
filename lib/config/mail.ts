import { isIP } from 'node:net'
import { z } from 'zod'

/** The mail server as the operator names it, and who the mail is from. */
export type MailSettings = Readonly<{
  /** lower case, IPv6 without brackets */
  host: string
  port: number
  /** `implicit` from the first byte, `starttls` required before anything else, `off` on this machine alone. */
  tls: 'implicit' | 'starttls' | 'off'
  login: Readonly<{ user: string; password: string }> | null
  from: Readonly<{ name: string; address: string }>
}>

export const mailEnvironment = {
  BEHALF_SMTP_URL: z.string().optional(),
  BEHALF_MAIL_FROM: z.string().max(400).optional(),
}

type Given = { BEHALF_SMTP_URL?: string | undefined; BEHALF_MAIL_FROM?: string | undefined }
type Refuse = (line: string) => never

const smtpShape = 'must be smtps://user:password@host:465 or smtp://user:password@host:587'

/** @returns null where no mail is set up. The text of the URL is never in the line: it has a password. */
export function readMailSettings(given: Given, refuse: Refuse): MailSettings | null {
  const { BEHALF_SMTP_URL: address, BEHALF_MAIL_FROM: from } = given
  // Whose address it is stands in the mail that is sent: without a server there is none to be wrong.
  if (from !== undefined) readFrom(from, refuse)
  if (address === undefined) return null
  if (from === undefined) return refuse('BEHALF_MAIL_FROM is required with BEHALF_SMTP_URL')
  return { ...readServer(address, refuse), from: readFrom(from, refuse) }
}

function readServer(text: string, refuse: Refuse): Omit<MailSettings, 'from'> {
  const url = /^smtps?:\/\/[^/?#]/.test(text) && !/[\s\\]/.test(text) ? URL.parse(text) : null
  if (url === null || (url.pathname !== '' && url.pathname !== '/') || url.hash !== '') {
    return refuse(`BEHALF_SMTP_URL ${smtpShape}`)
  }
  // URLs of other schemes than the web's keep a host as it was written.
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host))
    return refuse(`BEHALF_SMTP_URL ${smtpShape}`)
  const implicit = url.protocol === 'smtps:'
  const tls = implicit ? 'implicit' : tlsOf(url, host, refuse)
  const login = url.username
    ? { user: decoded(url.username, refuse), password: decoded(url.password, refuse) }
    : null
  return { host, port: Number(url.port) || (implicit ? 465 : 587), tls, login }
}

function tlsOf(url: URL, host: string, refuse: Refuse): 'starttls' | 'off' {
  const asked = url.search
  if (asked === '') return 'starttls'
  const local = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  if (asked === '?tls=off' && local) return 'off'
  return refuse('BEHALF_SMTP_URL may have ?tls=off only with smtp:// and a loopback host')
}

function decoded(text: string, refuse: Refuse): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('BEHALF_SMTP_URL has a user or password that is not percent-encoded')
  }
}

function readFrom(text: string, refuse: Refuse): MailSettings['from'] {
  const [, name = '', bracketed] = /^\s*"?([^"<>\r\n]*?)"?\s*<([^<>]+)>\s*$/.exec(text) ?? []
  const address = (bracketed ?? text).trim()
  // RFC 5321 §4.5.3.1.3
  if (address.length > 254 || !z.email().safeParse(address).success)
    return refuse('BEHALF_MAIL_FROM must be an address such as Behalf <no-reply@example.com>')
  return { name: name.trim(), address }
}

/** The operator named this host: egress may reach it, wherever it is but link-local. */
export const mailAllowance = (mail: MailSettings | null): string[] =>
  mail ? [`mail=${isIP(mail.host) === 6 ? `[${mail.host}]` : mail.host}:${mail.port}`] : []
