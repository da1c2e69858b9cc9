import { AppError } from '#lib/errors'
import { log } from '#lib/log'
import { KeyServiceError } from './key-services/index.ts'

export type OrgKey = { version: number; key: Uint8Array }

/** A wrapped key as its row has it. */
export type KeyRow = {
  version: number
  wrapped: Uint8Array
  service: string
  keyId: string
  /** Wrapped by a key that the org itself named: its owner may withdraw that at any time. */
  own: boolean
}

// A held key is used for `freshMs` after its row was read, and while that is read again until `staleMs`: so a key
// that was destroyed is of no use to any process after a minute, and no call waits for the look at it.
const freshMs = 30_000
const staleMs = 50_000
/** How often the service is asked again though the row is the same: its answer may have become a no. */
const askAgainMs = 300_000
const askAgainOwnMs = 25_000
const heldMax = 5_000

/** The longest that a process may go on sealing under a key that is no longer the current one, in seconds. */
export const cacheLifeSeconds = staleMs / 1_000

type Held = { row: KeyRow; key: Uint8Array; readAtMs: number; unwrappedAtMs: number }

export type KeyCache = {
  /**
   * @param read the row as it stands; throws when there is none
   * @throws AppError `unavailable`
   */
  get(id: string, read: () => Promise<KeyRow>, unwrap: (row: KeyRow) => Promise<Uint8Array>): Promise<OrgKey>
  forget(prefix: string): void
}

const sameBytes = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0

/**
 * Unwrapped keys, each for a bounded time.
 * @param keepMs how long a key is reused while its service does not answer, in milliseconds since it last did
 */
export function createKeyCache(keepMs: () => number, nowMs = () => performance.now()): KeyCache {
  const held = new Map<string, Held>()
  const asking = new Map<string, Promise<Held>>()

  const keyOf = ({ row, key }: Held): OrgKey => ({ version: row.version, key })

  async function look(
    before: Held | undefined,
    read: () => Promise<KeyRow>,
    unwrap: (row: KeyRow) => Promise<Uint8Array>,
  ): Promise<Held> {
    const row = await read()
    const now = nowMs()
    if (before && sameBytes(before.row.wrapped, row.wrapped)) {
      const againMs = row.own ? askAgainOwnMs : askAgainMs
      if (now - before.unwrappedAtMs < againMs) return { ...before, row, readAtMs: now }
    }
    try {
      const key = await unwrap(row)
      return { row, key, readAtMs: nowMs(), unwrappedAtMs: nowMs() }
    } catch (error) {
      if (!(error instanceof KeyServiceError)) throw error
      const bridged = before?.row.version === row.version && now - before.unwrappedAtMs < keepMs()
      if (before && bridged && error.kind === 'outage') {
        log.warn({ key_service: row.service }, `a key service does not answer: ${error.message}`)
        return { ...before, readAtMs: now }
      }
      throw new AppError('unavailable', {}, { internal: error.message, cause: error })
    }
  }

  function refresh(
    id: string,
    before: Held | undefined,
    read: () => Promise<KeyRow>,
    unwrap: (row: KeyRow) => Promise<Uint8Array>,
  ): Promise<Held> {
    const running = asking.get(id)
    if (running) return running
    const started = look(before, read, unwrap)
    asking.set(id, started)
    // What was forgotten meanwhile stays forgotten.
    const current = () => asking.get(id) === started && asking.delete(id)
    started.then(
      (found) => {
        if (!current()) return
        held.delete(id)
        const [oldest] = held.keys()
        if (held.size >= heldMax && oldest !== undefined) held.delete(oldest)
        held.set(id, found)
      },
      () => {
        if (current()) held.delete(id)
      },
    )
    return started
  }

  return {
    async get(id, read, unwrap) {
      const found = held.get(id)
      const ageMs = found ? nowMs() - found.readAtMs : Number.POSITIVE_INFINITY
      if (found && ageMs < freshMs) return keyOf(found)
      const refreshed = refresh(id, found, read, unwrap)
      if (!found || ageMs >= staleMs) return keyOf(await refreshed)
      refreshed.catch(() => {})
      return keyOf(found)
    },
    forget(prefix) {
      for (const map of [held, asking]) for (const id of map.keys()) if (id.startsWith(prefix)) map.delete(id)
    },
  }
}
