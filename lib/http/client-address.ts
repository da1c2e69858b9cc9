import ipaddr from 'ipaddr.js'
import { config } from '#lib/config'

type Address = ReturnType<typeof ipaddr.process>

/** Of texts as they come: most requests come from the same few addresses. */
const parsed = new Map<string, Address | null>()
const parsedMax = 1_000

function parse(text: string): Address | null {
  const found = parsed.get(text)
  if (found !== undefined) return found
  const bare = text.trim().replace(/^\[|\]$/g, '')
  const address = ipaddr.isValid(bare) ? ipaddr.process(bare) : null
  if (parsed.size >= parsedMax) parsed.clear()
  if (text.length < 100) parsed.set(text, address)
  return address
}

const isTrusted = (address: string): boolean => {
  const ip = parse(address)
  return (
    ip !== null &&
    config().trustedProxies.some((cidr) => {
      const [range, bits] = ipaddr.parseCIDR(
        cidr.includes('/') ? cidr : `${cidr}/${ip.kind() === 'ipv4' ? 32 : 128}`,
      )
      return range.kind() === ip.kind() && ip.match(range, bits)
    })
  )
}

/** Whether this address is a proxy's whose forwarded headers count. */
export const isTrustedPeer = (address: string | null): boolean => address !== null && isTrusted(address)

/**
 * The address a request came from. server.ts puts the socket's peer into `x-behalf-peer` after dropping any that was
 * sent; forwarded headers count only behind a peer in BEHALF_TRUSTED_PROXIES.
 */
export function clientAddress(headers: Headers): string | null {
  const hops = [...(headers.get('x-forwarded-for')?.split(',') ?? []), headers.get('x-behalf-peer') ?? '']
  let address: string | null = null
  for (const hop of hops.reverse()) {
    const ip = parse(hop)
    if (!ip) break
    address = ip.toString()
    if (!isTrusted(address)) break
  }
  return address
}
