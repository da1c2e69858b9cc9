import { createHash } from 'node:crypto'
import { isTrustedPeer } from './client-address.ts'

/**
 * The certificate that a client showed to the proxy before us: SHA-256 of its DER, base64url. Only a proxy in
 * BEHALF_TRUSTED_PROXIES is believed, which has to take out what a client sends of that name.
 * @see RFC 9440 §2.1, RFC 8705 §3.1
 */
export function clientCertificate(headers: Headers): string | null {
  const [, encoded] =
    /^:([A-Za-z0-9+/]{1,20000}={0,2}):$/.exec(headers.get('client-cert')?.trim() ?? '') ?? []
  if (encoded === undefined || !isTrustedPeer(headers.get('x-behalf-peer'))) return null
  return createHash('sha256').update(Buffer.from(encoded, 'base64')).digest('base64url')
}
