/** One frame of an event stream (HTML standard, "Server-sent events"). */
const frame = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

export type Source = {
  /** What is told, now. Throws when it may not be told any more, or cannot be read at the moment. */
  read: () => Promise<{ told: { outcome: object | null; status: string }; held: object }>
  /** Calls back whenever it is worth reading again. @returns stops it */
  watch: (look: () => void) => () => void
  /** Whether an error of `read` will pass. */
  passing: (error: unknown) => boolean
  signal: AbortSignal
}

export type Limits = {
  heartbeatMs: number
  lookAgainMs: number
  lifeMs: number
  perSession: number
  most: number
}

/**
 * A stream is cheap: it holds no connection to the database, is told of changes, and looks by itself only now and
 * then. It ends before the ten minutes of what it renews are over, and whoever still waits comes again.
 */
export const limits: Limits = {
  heartbeatMs: 15_000,
  lookAgainMs: 30_000,
  lifeMs: 4 * 60_000,
  perSession: 4,
  most: 5_000,
}

const ended: readonly string[] = ['completed', 'declined', 'failed', 'expired', 'cancelled']

type Open = Map<string, Set<() => void>>
const anchor: { [key: symbol]: Open | undefined } = globalThis as never
const key = Symbol.for('behalf.session-streams')

function openStreams(): Open {
  anchor[key] ??= new Map()
  return anchor[key]
}

const count = (open: Open): number => [...open.values()].reduce((sum, { size }) => sum + size, 0)

/** Streams must not hold a server back that was told to stop: they end, and come again to the next one. */
function endAll(): void {
  for (const ends of openStreams().values()) for (const end of ends) end()
}

/** @returns gives the place back; `null` when this process holds as many streams as it will */
function takePlace(session: string, end: () => void, { perSession, most }: Limits): (() => void) | null {
  const open = openStreams()
  if (count(open) >= most) return null
  if (open.size === 0) process.on('SIGTERM', endAll)
  const those = open.get(session) ?? new Set()
  open.set(session, those.add(end))
  // A tab that was reloaded left its stream behind: the oldest makes room.
  if (those.size > perSession) those.values().next().value?.()
  return () => {
    those.delete(end)
    if (those.size === 0) open.delete(session)
    if (open.size === 0) process.off('SIGTERM', endAll)
  }
}

/**
 * Follows one session: what is told first comes at once, then each change, then the end with the session.
 * @param session what streams are counted by
 * @returns `null` when there is no room
 */
export function sessionStream(
  session: string,
  source: Source,
  bounds: Limits = limits,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const bytes = new TextEncoder()
  let stop: () => void = () => undefined
  const leave = takePlace(session, () => stop(), bounds)
  if (!leave) return null
  return new ReadableStream({
    start(controller) {
      let last = ''
      let reading: Promise<void> | null = null
      let again = false
      const say = (text: string) => controller.enqueue(bytes.encode(text))
      const heartbeat = setInterval(() => say(': still here\n\n'), bounds.heartbeatMs)
      const looking = setInterval(() => look(), bounds.lookAgainMs)
      const life = setTimeout(() => stop(), bounds.lifeMs)
      const unwatch = source.watch(() => look())
      stop = () => {
        stop = () => undefined
        clearInterval(heartbeat)
        clearInterval(looking)
        clearTimeout(life)
        unwatch()
        leave()
        source.signal.removeEventListener('abort', aborted)
        try {
          controller.close()
        } catch {
          // Whoever listened is gone.
        }
      }
      const aborted = () => stop()
      source.signal.addEventListener('abort', aborted)

      async function tell(): Promise<void> {
        try {
          const { told, held } = await source.read()
          const text = JSON.stringify(told)
          if (last === '') say(frame('held', held))
          if (text !== last) say(frame('session', told))
          last = text
          if (ended.includes(told.status)) stop()
        } catch (error) {
          if (!source.passing(error)) stop()
        }
      }
      /** One read at a time; what changes while one runs is read after it. */
      function look(): void {
        if (reading) {
          again = true
          return
        }
        reading = tell().finally(() => {
          reading = null
          if (again) {
            again = false
            look()
          }
        })
      }
      look()
    },
    cancel: () => stop(),
  })
}
