import { createHash } from 'node:crypto'
import type { ServerEventBus } from '@modelcontextprotocol/server'
import { log } from '#lib/log'

/** Between two looks at what a caller may list, in milliseconds. */
const lookMs = 5_000

/**
 * Tells the one stream that it was made for when the caller's list has changed. It looks, as each replica may hold the
 * stream and any of them the change; a caller whose access has ended meanwhile is told too, and learns so when it asks.
 * @param list what the caller would be listed now
 */
export function watchList(list: () => Promise<unknown>, everyMs = lookMs): ServerEventBus {
  const look = async () =>
    createHash('sha256')
      .update(JSON.stringify(await list()))
      .digest('base64')
  return {
    publish: () => {},
    subscribe(listener) {
      let before: string | null = null
      let looking = false
      const turn = async () => {
        if (looking) return
        looking = true
        const now = await look().catch((err: unknown) => {
          log.debug({ err }, 'list not looked at')
          return 'gone'
        })
        looking = false
        if (before !== null && now !== before) listener({ kind: 'tools_list_changed' })
        before = now
      }
      void turn()
      const timer = setInterval(() => void turn(), everyMs)
      return () => clearInterval(timer)
    },
  }
}
