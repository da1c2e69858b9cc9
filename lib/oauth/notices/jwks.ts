import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import type { Egress } from '#lib/egress'

const setsMax = 100
const sets = new WeakMap<Egress, Map<string, JWTVerifyGetKey>>()

/**
 * The keys that an issuer publishes, kept for ten minutes. An unknown key id has them fetched again, at most every 30
 * seconds; who asks meanwhile waits for the same fetch (THREATS.md fault 33).
 */
export function issuerKeys(egress: Egress, url: string): JWTVerifyGetKey {
  const known = sets.get(egress) ?? new Map<string, JWTVerifyGetKey>()
  sets.set(egress, known)
  const found = known.get(url)
  if (found) return found
  if (known.size >= setsMax) known.clear()
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: 600_000,
    cooldownDuration: 30_000,
    [customFetch]: egress.fetch('oidc', {
      hosts: [new URL(url).host],
      deadlineMs: 5_000,
      maxBytes: 256 * 1024,
    }),
  })
  known.set(url, keys)
  return keys
}
