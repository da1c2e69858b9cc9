import ipaddr from 'ipaddr.js'

/**
 * What one household or machine has of addresses, for what is counted of strangers: of IPv6 the whole /64, in which each
 * has as many addresses as it likes (THREATS.md S3).
 * @returns `null` for what is no address
 */
export function networkOf(address: string | null): string | null {
  if (address === null || !ipaddr.isValid(address)) return null
  const ip = ipaddr.process(address)
  if (!(ip instanceof ipaddr.IPv6)) return ip.toString()
  const prefix = ip.parts.slice(0, 4).map((part) => part.toString(16))
  return `${prefix.join(':')}::/64`
}
