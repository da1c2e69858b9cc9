import { forOrg } from '#lib/db'
import { anchored, log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import type { AuditEvent } from '../schema.ts'
import { exploreAfter } from './list.ts'
import type { ExploreFilter } from './schema.ts'

type Watch = { ears: Set<(head: bigint) => void>; timer: NodeJS.Timeout }

/** One look a second for each organization that is watched, however many watch: a NOTIFY per event would queue all commits. */
const lookMs = 1_000
const watches = anchored('audit.tail', () => new Map<string, Watch>())

export const headOf = (tenant: Tenant): Promise<bigint> =>
  forOrg(tenant, async (tx) => {
    const head = await tx.audit_heads.findUnique({
      where: { org_id: tenant.orgId },
      select: { sequence: true },
    })
    return head?.sequence ?? 0n
  })

/** Tells the number of an organization's newest event, once a second. @returns stops it */
function watchHead(tenant: Tenant, hear: (head: bigint) => void): () => void {
  const found = watches.get(tenant.orgId)
  const ears = found?.ears ?? new Set()
  ears.add(hear)
  if (!found) {
    let looking = false
    const timer = setInterval(() => {
      if (looking) return
      looking = true
      headOf(tenant)
        .then((head) => {
          for (const ear of ears) ear(head)
        })
        .catch((err: unknown) => log.warn({ err }, 'the head of an audit could not be read'))
        .finally(() => {
          looking = false
        })
    }, lookMs)
    watches.set(tenant.orgId, { ears, timer })
  }
  return () => {
    ears.delete(hear)
    if (ears.size > 0) return
    const watch = watches.get(tenant.orgId)
    if (watch?.ears !== ears) return
    clearInterval(watch.timer)
    watches.delete(tenant.orgId)
  }
}

export type TailLimits = { each: number; most: number; lifeMs: number; eventsMost: number }

/** A member has so many open at once, and a process; whoever still watches when one ends comes again. */
export const tailLimits: TailLimits = { each: 3, most: 500, lifeMs: 5 * 60_000, eventsMost: 100 }

const open = anchored('audit.tails', () => new Map<string, Set<() => void>>())

/** Streams must not hold a server back that was told to stop. */
function endAll(): void {
  for (const ends of open.values()) for (const end of ends) end()
}

/** @returns gives the place back; `null` where this process holds as many as it will */
function takePlace(member: string, end: () => void, { each, most }: TailLimits): (() => void) | null {
  const count = [...open.values()].reduce((sum, { size }) => sum + size, 0)
  if (count >= most) return null
  if (count === 0) process.on('SIGTERM', endAll)
  const those = open.get(member) ?? new Set()
  open.set(member, those.add(end))
  // A tab that was reloaded left its stream behind: the oldest makes room.
  if (those.size > each) those.values().next().value?.()
  return () => {
    those.delete(end)
    if (those.size === 0) open.delete(member)
    if (open.size === 0) process.off('SIGTERM', endAll)
  }
}

/** One frame of an event stream (HTML standard, "Server-sent events"). */
const frame = (event: string, id: bigint, data: unknown): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/**
 * Follows an organization's events as they are written.
 * @param given.after number of the last event that the page has
 * @param given.allowed asked before each look: throws once the member may not see them any more, and that ends it
 * @param given.tell an event in the words of the page
 * @returns `null` when there is no room
 */
export function tailAudit(
  tenant: Tenant,
  filter: ExploreFilter,
  given: {
    member: string
    after: bigint
    allowed: () => Promise<void>
    tell: (events: readonly AuditEvent[]) => Promise<unknown>
    signal: AbortSignal
  },
  limits: TailLimits = tailLimits,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const bytes = new TextEncoder()
  let stop: () => void = () => undefined
  const leave = takePlace(given.member, () => stop(), limits)
  if (!leave) return null
  return new ReadableStream({
    start(controller) {
      let after = given.after
      let busy = false
      const say = (text: string) => controller.enqueue(bytes.encode(text))
      const unwatch = watchHead(tenant, (head) => {
        if (busy) return
        busy = true
        look(head)
          .catch(() => stop())
          .finally(() => {
            busy = false
          })
      })
      const life = setTimeout(() => stop(), limits.lifeMs)
      stop = () => {
        stop = () => undefined
        clearTimeout(life)
        unwatch()
        leave()
        given.signal.removeEventListener('abort', aborted)
        try {
          controller.close()
        } catch {
          // Whoever listened is gone.
        }
      }
      const aborted = () => stop()
      given.signal.addEventListener('abort', aborted)
      if (given.signal.aborted) stop()

      async function look(head: bigint): Promise<void> {
        await given.allowed()
        // Somebody who reads slowly is told what they missed by the number of it.
        if (head <= after || (controller.desiredSize ?? 0) < -limits.eventsMost)
          return void say(': still here\n\n')
        const events = await exploreAfter(tenant, filter, after, limits.eventsMost)
        const last = events.at(-1)
        after = events.length === limits.eventsMost && last ? BigInt(last.sequence) : head
        if (events.length > 0) say(frame('events', after, await given.tell(events)))
      }
      say('retry: 3000\n: watching\n\n')
    },
    cancel: () => stop(),
  })
}
