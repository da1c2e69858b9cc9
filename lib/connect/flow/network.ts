import ipaddr from 'ipaddr.js'

/** What one holder of an address can be taken for: of IPv6 the whole /64, in which they may rotate (THREATS.md S3). */
export function networkOf(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return 'unknown'
  const ip = ipaddr.process(address)
  return ip.kind() === 'ipv4' ? ip.toString() : `${(ip as ipaddr.IPv6).parts.slice(0, 4).join(':')}/64`
}
