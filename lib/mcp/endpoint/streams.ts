import type { ServerEventBus } from '@modelcontextprotocol/server'
import { config } from '#lib/config'
import { AppError } from '#lib/errors'
import { anchored, log } from '#lib/log'

// A stream that is open for changes outlives the request that was let in. It ends with the token that opened it, and with
// whoever stands behind that; and as each takes memory and looks at the database, there are so many and no more.

/** How long a stream may last. */
export type Lasting = {
  /** Whose it is; so many of one are open at once. */
  caller: string
  /** When the token's time is over. */
  endsAt: Date
  /** Whether the token still counts, looked up now. */
  inForce: () => Promise<boolean>
}

/** Of one caller, in this process: one for each program that a person has open, and some. */
const perCallerMax = 16
/** Between two looks at whether a token still counts, in milliseconds. */
const lookMs = 1_000

const open = anchored('mcp.streams', () => ({ all: 0, of: new Map<string, number>() }))

/**
 * Takes one of the places for streams.
 * @returns gives it back; once is enough
 * @throws AppError `rate_limited`
 */
export function takePlace(caller: string): () => void {
  const own = open.of.get(caller) ?? 0
  if (own >= perCallerMax) throw full(`You have ${perCallerMax} streams open. Close one first.`)
  if (open.all >= config().mcp.streamsMax) throw full('Too many streams are open here. Try again later.')
  open.all++
  open.of.set(caller, own + 1)
  let taken = true
  return () => {
    if (!taken) return
    taken = false
    open.all--
    const left = (open.of.get(caller) ?? 1) - 1
    if (left > 0) open.of.set(caller, left)
    else open.of.delete(caller)
  }
}

const full = (detail: string) => new AppError('rate_limited', { detail, retry_after_seconds: 60 })

/**
 * What a stream listens to, for as long as it may.
 * @param close ends the stream
 * @param left called once when nobody listens any more
 */
export const lastingBus = (
  bus: ServerEventBus,
  { endsAt, inForce }: Lasting,
  close: () => void,
  left: () => void,
): ServerEventBus => ({
  publish: (event) => bus.publish(event),
  subscribe(listener) {
    const leave = bus.subscribe(listener)
    const atEnd = setTimeout(close, Math.max(0, endsAt.getTime() - Date.now()))
    const looking = setInterval(() => {
      inForce().then(
        (good) => good || close(),
        // What cannot be looked up now is looked up in a second; the stream says nothing that is worth having.
        (err: unknown) => log.debug({ err }, 'a stream was not looked at'),
      )
    }, lookMs)
    return () => {
      clearTimeout(atEnd)
      clearInterval(looking)
      leave()
      left()
    }
  },
})
