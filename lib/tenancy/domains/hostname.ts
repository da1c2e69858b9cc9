import { isIP } from 'node:net'
import { config } from '#lib/config'
import { AppError } from '#lib/errors'

/** Names that are nobody's, or this machine's and its network's (RFC 6761, RFC 8375, RFC 9476 and custom). */
const reserved = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'arpa',
  'onion',
  'invalid',
  'alt',
  'lan',
  'home',
]

const refuse = (why: string) =>
  new AppError('invalid_request', {
    detail: `hostname ${why}.`,
    param: 'hostname',
    errors: [{ path: 'hostname', message: why }],
  })

/** The host that custom domains are aliases of. */
export const ownHostname = (): string => new URL(config().publicUrl).hostname

/**
 * A hostname that an organization may ask for, as the URL parser spells it. At least three labels: an alias cannot stand
 * at the top of a zone (RFC 1034 §3.6.2), and what is shorter is mostly a public suffix.
 * @throws AppError `invalid_request` saying what is wrong with it
 */
export function parseHostname(text: string): string {
  const given = text.trim().toLowerCase().replace(/\.$/, '')
  if (/[\s/\\@:?#%*[\]]/.test(given)) throw refuse('must be a name alone, such as connect.example.com')
  const hostname = URL.parse(`https://${given}/`)?.hostname
  if (!hostname) throw refuse('must be a name such as connect.example.com')
  if (isIP(hostname) !== 0) throw refuse('must not be an address')
  const labels = hostname.split('.')
  const wellFormed = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  if (!wellFormed || hostname.length > 240 || /^\d+$/.test(labels.at(-1) ?? ''))
    throw refuse('must be a name such as connect.example.com')
  if (reserved.includes(labels.at(-1) ?? '')) throw refuse('must be a public name')
  const own = ownHostname()
  if (hostname === own || hostname.endsWith(`.${own}`) || own.endsWith(`.${hostname}`))
    throw refuse("must not be this deployment's own")
  if (labels.length < 3) throw refuse('must be below a domain of yours, such as connect.example.com')
  return hostname
}

/** The names above a hostname that somebody can own, shortest first. */
export function parentsOf(hostname: string): string[] {
  const labels = hostname.split('.')
  return Array.from({ length: labels.length - 2 }, (_, at) => labels.slice(labels.length - 2 - at).join('.'))
}

/** The origin of pages at a hostname of an org's: as the deployment's own, TLS and port included. */
export function originAt(hostname: string): string {
  const { protocol, port } = new URL(config().publicUrl)
  return `${protocol}//${hostname}${port && `:${port}`}`
}
