import ipaddr from 'ipaddr.js'

export const egressPurposes = ['provider', 'webhook', 'siem', 'oidc', 'cimd', 'kms', 'mail', 'opa'] as const
export type EgressPurpose = (typeof egressPurposes)[number]

export type Address = ipaddr.IPv4 | ipaddr.IPv6

/** What calls of one purpose may reach though it is not public: a host (with or without port), or a network. */
export type AllowRule =
  | { purpose: EgressPurpose; host: string; port: number | undefined }
  | { purpose: EgressPurpose; network: [Address, number] }

/**
 * Parses `BEHALF_EGRESS_ALLOW`: comma-separated `purpose=host[:port]` or `purpose=CIDR`.
 * @throws Error naming the piece that is malformed, or that asks for a link-local network
 */
export function parseAllow(text: string): AllowRule[] {
  if (text.trim() === '') return []
  return text.split(',').map((raw) => parsePiece(raw.trim()))
}

function parsePiece(piece: string): AllowRule {
  const malformed = (why: string) => new Error(`BEHALF_EGRESS_ALLOW: "${piece}" ${why}`)
  const [, name, target] = /^([a-z]+)=(\S+)$/.exec(piece) ?? []
  if (name === undefined || target === undefined)
    throw malformed('is not purpose=host[:port] or purpose=CIDR')
  const purpose = egressPurposes.find((known) => known === name)
  if (purpose === undefined) throw malformed(`has no known purpose (${egressPurposes.join(', ')})`)
  if (target.includes('/')) {
    const network = parseNetwork(target)
    if (network === undefined) throw malformed('is not a CIDR')
    if (network[0].range() === 'linkLocal') throw malformed('is link-local, which is never reachable')
    return { purpose, network }
  }
  const host = parseHost(target)
  if (host === undefined) throw malformed('is not a host[:port]')
  return { purpose, ...host }
}

function parseNetwork(text: string): [Address, number] | undefined {
  // Only the plain spellings: `010.0.0.0/8` would be read as 8.0.0.0/8.
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return ipaddr.IPv4.parseCIDR(text)
  if (text.includes(':') && ipaddr.IPv6.isValidCIDR(text)) return ipaddr.IPv6.parseCIDR(text)
  return undefined
}

function parseHost(text: string): { host: string; port: number | undefined } | undefined {
  const bare = ipaddr.IPv6.isValid(text) && text.includes(':') ? `[${text}]` : text
  const [, name, digits] = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(bare) ?? []
  if (name === undefined || name.endsWith('.')) return undefined
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65535)) return undefined
  // The URL parser's spelling, because that is what a request's host is compared with.
  const canonical = URL.parse(`http://${name}/`)
  return canonical === null ? undefined : { host: canonical.hostname, port }
}
