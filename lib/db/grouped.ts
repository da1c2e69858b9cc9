import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'

type Waiting<Item, Result> = {
  item: Item
  done: (result: Result) => void
  failed: (reason: unknown) => void
}

/** Of one org: who waits, the groups that run, of which some are late, and the wait for more to come. */
type Line<Item, Result> = {
  queue: Waiting<Item, Result>[]
  running: number
  late: number
  gathering: NodeJS.Timeout | null
  gathered: boolean
}

/** A group that takes longer is not waited for: it may hang on a lock that concerns only some of those behind it. */
const lateMs = 25

/** Longest wait for those who are expected: half as long as the last group took, and never longer than this. */
const gatherMsMax = 4

/** What became of one item of a group: its result, or why this one alone was refused. */
export type Settled<Result> = Result | AppError

/**
 * Gathers what many calls want of the database at the same moment, org by org, so that one transaction serves them
 * all: the first starts at once, and whoever comes while it runs goes with the next. One group at a time, because a
 * larger one costs little more than a small one; another beside it only once it is late. A group that fails is halved
 * until what is wrong in it fails alone; one that found no database is not tried in parts.
 * @param work runs a group in one transaction and answers item by item; what it throws concerns the whole group
 * @param itemsMax most items of a group
 * @param lanes groups of one org that may run at once, late ones included
 * @param expected how many are likely to come: a group waits a moment for them; none unless told
 */
export function grouped<Item, Result>(
  work: (tenant: Tenant, items: readonly Item[]) => Promise<readonly Settled<Result>[]>,
  {
    itemsMax,
    lanes,
    expected = () => 0,
  }: { itemsMax: number; lanes: number; expected?: (tenant: Tenant) => number },
): (tenant: Tenant, item: Item) => Promise<Result> {
  const orgs = new Map<string, Line<Item, Result>>()
  let tookMs = 0

  async function attempt(tenant: Tenant, group: readonly Waiting<Item, Result>[]): Promise<void> {
    let results: readonly Settled<Result>[]
    try {
      results = await work(
        tenant,
        group.map(({ item }) => item),
      )
    } catch (reason) {
      const whole = group.length === 1 || (reason instanceof AppError && reason.code === 'unavailable')
      if (whole) {
        for (const { failed } of group) failed(reason)
        return
      }
      const middle = Math.ceil(group.length / 2)
      await attempt(tenant, group.slice(0, middle))
      return attempt(tenant, group.slice(middle))
    }
    group.forEach(({ done, failed }, at) => {
      const result = results[at]
      if (result instanceof AppError) failed(result)
      else done(result as Result)
    })
  }

  function start(tenant: Tenant, line: Line<Item, Result>): void {
    if (line.queue.length === 0 || line.running > line.late || line.running >= lanes) return
    if (!line.gathered && line.queue.length < Math.min(itemsMax, expected(tenant))) {
      line.gathering ??= setTimeout(
        () => {
          line.gathering = null
          line.gathered = true
          start(tenant, line)
        },
        Math.min(tookMs / 2, gatherMsMax),
      )
      return
    }
    if (line.gathering !== null) clearTimeout(line.gathering)
    line.gathering = null
    line.gathered = false
    line.running++
    let late = false
    const waiting = setTimeout(() => {
      late = true
      line.late++
      start(tenant, line)
    }, lateMs)
    const startedAt = performance.now()
    void attempt(tenant, line.queue.splice(0, itemsMax)).finally(() => {
      clearTimeout(waiting)
      tookMs = performance.now() - startedAt
      line.running--
      if (late) line.late--
      if (line.queue.length > 0) start(tenant, line)
      else if (line.running === 0) orgs.delete(tenant.orgId)
    })
  }

  return (tenant, item) =>
    new Promise<Result>((done, failed) => {
      let line = orgs.get(tenant.orgId)
      if (!line) {
        line = { queue: [], running: 0, late: 0, gathering: null, gathered: false }
        orgs.set(tenant.orgId, line)
      }
      line.queue.push({ item, done, failed })
      // What arrives in the same turn of the loop goes together.
      if (line.queue.length === 1) setImmediate(start, tenant, line)
      else if (line.gathering !== null) start(tenant, line)
    })
}
