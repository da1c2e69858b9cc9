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

/**
 * What one customer of a network has of networks, for what strangers share: of IPv6 the /48 that a provider gives whoever
 * asks (RFC 6177), of IPv4 the /24 around it.
 * @param network as `networkOf` says it
 * @returns `null` for what is none
 */
export function siteOf(network: string | null): string | null {
  const address = network?.replace(/\/64$/, '') ?? ''
  if (!ipaddr.isValid(address)) return null
  const bits = ipaddr.parse(address).kind() === 'ipv6' ? 48 : 24
  const cidr = `${address}/${bits}`
  const first =
    bits === 48 ? ipaddr.IPv6.networkAddressFromCIDR(cidr) : ipaddr.IPv4.networkAddressFromCIDR(cidr)
  return `${first.toString()}/${bits}`
}
