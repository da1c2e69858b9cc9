import ipaddr from 'ipaddr.js'
import type { Address, AllowRule, EgressPurpose } from './allow.ts'

/** One connection about to be made: where the URL points and under which rules. */
export type Dial = {
  purpose: EgressPurpose
  protocol: string
  /** as the URL parser spells it: lower case, IPv6 in brackets */
  hostname: string
  port: number
  /** the caller named this host in advance (a connector's `hosts`), which is enough under `deny` */
  pinned: boolean
}

export type GuardPolicy = { allow: readonly AllowRule[]; default: 'public' | 'deny' }

/** The decision not to connect; becomes an `EgressError` of kind `refused` once the request is known. */
export class Refusal extends Error {}

// Instance-metadata services that live outside the link-local ranges (AWS and GCP over IPv6, Alibaba, Azure, Oracle).
const metadataServices = [
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
].map((text) => ipaddr.parse(text).toNormalizedString())

/**
 * Judges every address a name resolved to; one that is forbidden condemns them all, because the dialler picks.
 * @throws Refusal with the reason, which names neither the address nor anything from the request but the host
 */
export function assertMayDial(dial: Dial, addresses: readonly string[], policy: GuardPolicy): void {
  if (addresses.length === 0) throw new Refusal('the name has no address')
  for (const address of addresses) {
    const reason = objection(dial, address, policy)
    if (reason !== undefined) throw new Refusal(reason)
  }
}

function objection(dial: Dial, text: string, policy: GuardPolicy): string | undefined {
  const parsed = parseAddress(text)
  if (parsed === undefined) return 'the resolver gave something that is not an address'
  const { address, shadows } = parsed
  const everything = [address, ...shadows]
  if (everything.some((one) => one.range() === 'linkLocal')) return 'the address is link-local'
  if (everything.some((one) => metadataServices.includes(one.toNormalizedString()))) {
    return 'the address is an instance-metadata service'
  }
  if (policy.allow.some((rule) => ruleMatches(rule, dial, address))) return undefined
  if (dial.protocol !== 'https:') return 'plain http is only for allow-listed hosts'
  if (!everything.every(isPublic)) return 'the address is not public'
  if (policy.default === 'deny' && !dial.pinned) return 'only allow-listed and pinned hosts are reachable'
  return undefined
}

function ruleMatches(rule: AllowRule, dial: Dial, address: Address): boolean {
  if (rule.purpose !== dial.purpose) return false
  if ('host' in rule) return rule.host === dial.hostname && (rule.port ?? dial.port) === dial.port
  const [network, bits] = rule.network
  return network.kind() === address.kind() && address.match(network, bits)
}

const globalUnicast = ipaddr.IPv6.parse('2000::')

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  // RFC 4291 §2.4: nothing outside 2000::/3 is allocated, though ipaddr.js calls it unicast (`::127.0.0.1` too).
  return !(address instanceof ipaddr.IPv6) || address.match(globalUnicast, 3)
}

/**
 * `address` is where the packets really go (an IPv4 address behind its mapped or NAT64 form), `shadows` are the IPv4
 * addresses hidden in the tunnel formats, which a gateway might unwrap.
 */
function parseAddress(text: string): { address: Address; shadows: ipaddr.IPv4[] } | undefined {
  const bare = text.replace(/%.*$/s, '')
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return { address: ipaddr.IPv4.parse(bare), shadows: [] }
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined
  const address = ipaddr.IPv6.parse(bare)
  const inside = (high: number, flip = 0) => {
    const bytes = address.toByteArray().slice(high * 2, high * 2 + 4)
    return new ipaddr.IPv4(bytes.map((byte) => byte ^ flip))
  }
  const within = (cidr: string) => address.match(ipaddr.IPv6.parseCIDR(cidr))
  // RFC 4291 §2.5.5.2 and RFC 6052 §2.1; the latter is how an IPv6-only network reaches every IPv4 host.
  if (within('::ffff:0:0/96') || within('64:ff9b::/96')) return { address: inside(6), shadows: [] }
  const shadows: ipaddr.IPv4[] = []
  // IPv4-compatible, IPv4-translated (RFC 2765), local-use NAT64 (RFC 8215).
  const tail = within('::/96') || within('::ffff:0:0:0/96') || within('64:ff9b:1::/48')
  if (tail || isIsatap(address)) shadows.push(inside(6))
  if (within('2002::/16')) shadows.push(inside(1))
  if (within('2001::/32')) shadows.push(inside(2), inside(6, 0xff))
  return { address, shadows }
}

/** RFC 5214 §6.1: the interface identifier `0[2]00:5efe` carries an IPv4 address under any prefix. */
function isIsatap(address: ipaddr.IPv6): boolean {
  return ((address.parts[4] ?? 0) & 0xfdff) === 0 && address.parts[5] === 0x5efe
}
