import { createPublicKey, type KeyObject } from 'node:crypto'
import { anchored } from '#lib/log'
import { publishedKeys } from '#lib/signing'

type Key = { key: KeyObject; retiredAt: number | null }
type Held = { keys: ReadonlyMap<string, Key>; readAt: number }

// A key that was retired signs nothing new: how long what is known of it may be old.
const heldMsMax = 60_000
/** Names of keys can be made up: so often, and no more, are they looked up. */
const readsApartMs = 200

const held = anchored('identity.token-keys', (): { now: Held | null; reading: Promise<Held> | null } => ({
  now: null,
  reading: null,
}))

async function read(): Promise<Held> {
  const wait = held.now === null ? 0 : held.now.readAt + readsApartMs - performance.now()
  if (wait > 0) await new Promise((done) => setTimeout(done, wait))
  const readAt = performance.now()
  const published = await publishedKeys()
  const keys = published.map(({ kid, jwk, retiredAt }) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    return [kid, { key, retiredAt: retiredAt === null ? null : retiredAt.getTime() / 1000 }] as const
  })
  held.now = { keys: new Map(keys), readAt }
  return held.now
}

function readShared(): Promise<Held> {
  held.reading ??= read().finally(() => {
    held.reading = null
  })
  return held.reading
}

/** The key of that name among those that we publish; one that is not known yet is looked up. */
export async function keyNamed(kid: string): Promise<Key | null> {
  const fresh = held.now !== null && held.now.readAt + heldMsMax > performance.now()
  const known = fresh ? held.now?.keys.get(kid) : undefined
  return known ?? (await readShared()).keys.get(kid) ?? null
}
