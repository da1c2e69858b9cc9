import { EgressError } from './errors.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
export type EgressMethod = (typeof methods)[number]

// What frames the message or names its host is the transport's: a caller's copy is how requests get smuggled.
const transportHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const refuse = (why: string) => new EgressError('refused', `egress refused: ${why}`, { requestSent: false })

/**
 * Reads a URL only in its plain spelling. The WHATWG parser repairs too much (drops tabs and newlines, takes `\` for
 * `/`, decodes `%` and full-width letters in hosts), and a string that two parsers read differently is an attack.
 * @throws EgressError `refused`; the text of the URL is never in the message
 */
export function parseTarget(input: string | URL): URL {
  const text = String(input)
  if (/[\p{Cc}\s\\]/u.test(text)) throw refuse('the URL has a control character, a space or a backslash')
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1]
  if (authority === undefined) throw refuse('the URL is not http(s)://host')
  if (authority.includes('@')) throw refuse('the URL carries user information')
  if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(authority)) {
    throw refuse('the host is not a plain name or address')
  }
  const url = URL.parse(text)
  if (url === null) throw refuse('the URL is not valid')
  if (url.hostname.endsWith('.')) throw refuse('the host ends in a dot')
  return url
}

/**
 * Whether the URL's host is exactly one of `hosts`; a port that is the scheme's default may be written or not.
 * @param hosts `host` or `host:port`
 */
export function isPinned(url: URL, hosts: readonly string[]): boolean {
  return hosts.some((entry) => {
    // As the parser writes it already, which is how they stand in most lists.
    if (entry === url.host) return true
    if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(entry)) return false
    return URL.parse(`${url.protocol}//${entry}/`)?.host === url.host
  })
}

/** @throws EgressError `refused` for CONNECT, TRACE and anything unknown */
export function parseMethod(method: string): EgressMethod {
  const known = methods.find((one) => one === method.toUpperCase())
  if (known === undefined) throw refuse('the method is not supported')
  return known
}

/**
 * The headers as sent, names in lower case.
 * @throws EgressError `refused` when a name or value could break the framing; values are never in the message
 */
export function parseHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const sent: Record<string, string> = { 'accept-encoding': 'gzip, br', 'user-agent': 'Behalf' }
  for (const [rawName, value] of Object.entries(headers)) {
    const name = rawName.toLowerCase()
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw refuse('a header name is not a token')
    if (transportHeaders.has(name)) throw refuse(`the header ${name} belongs to the transport`)
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw refuse(`the header ${name} has a forbidden character`)
    sent[name] = value
  }
  return sent
}
