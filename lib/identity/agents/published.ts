import type { JWK } from 'jose'
import { z } from 'zod'
import type { Egress } from '#lib/egress'
import { AppError } from '#lib/errors'
import { log } from '#lib/log'

const addressesMax = 500
/** After a fetch that failed, nobody asks again for so long. */
const pauseMs = 5_000
/** An unknown key id has the keys fetched again, and no more often than this. */
const cooldownMs = 30_000

export const keysMaxAgeMs = 600_000
const discoveryMaxAgeMs = 3_600_000

type Known = { value: unknown; readAt: number; triedAt: number; pending: Promise<unknown> | null }

let door: Egress | null = null
let known = new Map<string, Known>()

/** Says how issuers' keys are reached; without it, none is. */
export function reachIssuers(egress: Egress): void {
  door = egress
  known = new Map()
}

/** The way to issuers, for those who read more of them than their keys. */
export function doorToIssuers(): Egress {
  if (!door) throw new Error('this process was not told how to reach issuers')
  return door
}

const unreadable = (address: string, cause: unknown) =>
  new AppError(
    'unavailable',
    { detail: 'The keys of the issuer cannot be read now.' },
    { internal: `cannot read ${URL.parse(address)?.host}`, cause },
  )

async function fetched(address: string): Promise<unknown> {
  const response = await doorToIssuers().fetch('oidc', { deadlineMs: 5_000, maxBytes: 256 * 1024 })(address, {
    headers: { accept: 'application/json, application/jwk-set+json' },
  })
  if (response.status !== 200) throw new Error(`answered ${response.status}`)
  return response.json()
}

/**
 * What an address publishes. Who asks while it is being fetched waits for the same fetch.
 * @param maxAgeMs how old it may be
 * @param again it lacked something: fetch it once more, if that has not just been done
 * @throws AppError `unavailable`
 */
async function read<T>(
  address: string,
  shape: z.ZodType<T>,
  maxAgeMs: number,
  again = false,
): Promise<{ value: T; readAt: number }> {
  const entry = known.get(address) ?? { value: null, readAt: 0, triedAt: 0, pending: null }
  const now = Date.now()
  const good = entry.readAt > 0 && now - entry.readAt < maxAgeMs
  const wanted = again ? now - entry.triedAt >= cooldownMs : !good
  if (!wanted && good) return { value: entry.value as T, readAt: entry.readAt }
  if (!entry.pending) {
    if (!good && now - entry.triedAt < pauseMs && entry.triedAt > entry.readAt)
      throw unreadable(address, 'it failed a moment ago')
    if (!known.has(address)) {
      // The oldest goes first: an organization chooses its addresses, and none fills the memory of all.
      if (known.size >= addressesMax) known.delete(known.keys().next().value ?? '')
      known.set(address, entry)
    }
    entry.triedAt = now
    entry.pending = fetched(address)
      .then((body) => {
        entry.value = shape.parse(body)
        entry.readAt = Date.now()
      })
      .finally(() => {
        entry.pending = null
      })
  }
  try {
    await entry.pending
  } catch (error) {
    if (!good) throw unreadable(address, error)
    log.warn({ err: error, host: URL.parse(address)?.host }, 'published keys cannot be read again')
  }
  return { value: entry.value as T, readAt: entry.readAt }
}

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

/** The keys at an address, kept for ten minutes. @throws AppError `unavailable` */
export const publishedKeys = async (
  address: string,
  again = false,
): Promise<{ keys: readonly JWK[]; readAt: number }> => {
  const { value, readAt } = await read(address, keySet, keysMaxAgeMs, again)
  return { keys: value.keys, readAt }
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() })

/**
 * Where an issuer publishes its keys.
 * @throws AppError `unavailable` where it does not say, or speaks for another issuer
 * @see OpenID Connect Discovery 1.0 §4.3
 */
export async function discoveredKeysAddress(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const { value } = await read(address, discovery, discoveryMaxAgeMs)
  if (value.issuer !== issuer) throw unreadable(address, `speaks for ${value.issuer}`)
  const url = URL.parse(value.jwks_uri)
  if (url?.protocol !== 'https:' && url?.protocol !== new URL(issuer).protocol)
    throw unreadable(address, 'publishes its keys without TLS')
  return value.jwks_uri
}

const clientKeysMaxAgeMs = 60_000

/**
 * The keys that an agent publishes for `private_key_jwt`. Which of them it uses is not known here, so they are read
 * again every minute; while they cannot be, those of the last ten minutes count.
 * @throws AppError `unavailable`
 */
export async function keysForClient(address: string): Promise<readonly JWK[]> {
  const kept = await publishedKeys(address)
  return Date.now() - kept.readAt < clientKeysMaxAgeMs ? kept.keys : (await publishedKeys(address, true)).keys
}
