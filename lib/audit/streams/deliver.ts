import { setTimeout as pause } from 'node:timers/promises'
import { config } from '#lib/config'
import { forOrg, streamsBehind, type Tx } from '#lib/db'
import type { Egress } from '#lib/egress'
import { log } from '#lib/log'
import { exportAudit } from '../rows.ts'
import type { Position } from '../walk.ts'
import { NotTaken, type Sink, sinkOf } from './sinks.ts'

const batchEvents = 500
/** How long one process has a chain of a stream to itself; longer than a batch may take. */
const claimSeconds = 60
const pollMs = 1_000
/** Pauses after failures grow to this. */
const retrySecondsMax = 300

type Owed = Awaited<ReturnType<typeof streamsBehind>>[number]
type Claim = { sequence: bigint; attempts: number; error_code: string | null; hash: string | null }

/** The place in a chain, found on first sight by the stream's `since`; `null` while another process has it. */
async function claimIn(tx: Tx, { stream, tenant }: Owed, since: Date): Promise<Claim | null> {
  await tx.$executeRaw`
    INSERT INTO audit_stream_cursors (org_id, stream_org_id, stream_id, sequence)
    SELECT ${tenant.orgId}::uuid, ${stream.tenant.orgId}::uuid, ${stream.id}::uuid,
      greatest(coalesce((SELECT sequence FROM audit_floors WHERE org_id = ${tenant.orgId}::uuid), 0),
        coalesce((SELECT sequence FROM audit_events WHERE org_id = ${tenant.orgId}::uuid AND occurred_at < ${since}
          ORDER BY sequence DESC LIMIT 1), 0))
    ON CONFLICT DO NOTHING`
  const [claim] = await tx.$queryRaw<Claim[]>`
    UPDATE audit_stream_cursors SET claimed_until = now() + make_interval(secs => ${claimSeconds})
    WHERE org_id = ${tenant.orgId}::uuid AND stream_org_id = ${stream.tenant.orgId}::uuid
      AND stream_id = ${stream.id}::uuid AND (claimed_until IS NULL OR claimed_until <= now())
    RETURNING sequence, attempts, error_code, hash`
  return claim ?? null
}

/** Moves the cursor, which only its claimant does: compare-and-set all the same, as a claim may have run out. */
const movedIn = async (tx: Tx, { stream, tenant }: Owed, from: bigint, to: Position): Promise<boolean> =>
  (await tx.$executeRaw`
    UPDATE audit_stream_cursors SET sequence = ${to.sequence}::bigint, hash = ${to.hash}, delivered_at = now(), attempts = 0, retry_at = NULL,
      error_code = NULL, claimed_until = now() + make_interval(secs => ${claimSeconds})
    WHERE org_id = ${tenant.orgId}::uuid AND stream_org_id = ${stream.tenant.orgId}::uuid
      AND stream_id = ${stream.id}::uuid AND sequence = ${from}::bigint`) === 1

/**
 * Whether the event that the collector took last is still the one that is there. Where it is not, events were cut off or
 * replaced, or the database was put back to an older state: what comes next would not follow what the collector has.
 */
async function stillThere(tx: Tx, { tenant }: Owed, { sequence, hash }: Claim): Promise<boolean> {
  if (hash === null) return true
  const [found] = await tx.$queryRaw<{ hash: string | null; floor: bigint | null }[]>`
    SELECT (SELECT e.hash FROM audit_events e WHERE e.org_id = o.id AND e.sequence = ${sequence}::bigint LIMIT 1) AS hash,
      (SELECT f.sequence FROM audit_floors f WHERE f.org_id = o.id) AS floor
    FROM (SELECT ${tenant.orgId}::uuid AS id) o`
  return found?.hash === hash || (found?.hash === null && (found.floor ?? 0n) >= sequence)
}

const releasedIn = (
  tx: Tx,
  { stream, tenant }: Owed,
  error: string | null,
  seconds: number,
) => tx.$executeRaw`
  UPDATE audit_stream_cursors SET claimed_until = NULL, error_code = ${error},
    attempts = CASE WHEN ${error}::text IS NULL THEN attempts ELSE attempts + 1 END,
    retry_at = CASE WHEN ${error}::text IS NULL THEN NULL ELSE now() + make_interval(secs => ${seconds}) END
  WHERE org_id = ${tenant.orgId}::uuid AND stream_org_id = ${stream.tenant.orgId}::uuid AND stream_id = ${stream.id}::uuid`

const backoff = (attempts: number): number =>
  Math.min(2 ** Math.min(attempts, 10), retrySecondsMax) * (0.5 + Math.random() / 2)

/**
 * Sends what one chain owes a stream, in order, until nothing is left or the collector takes no more.
 * @returns whether the collector took what it was given
 */
async function deliver(sink: Sink, owed: Owed, since: Date, signal: AbortSignal): Promise<boolean> {
  const claim = await forOrg(owed.tenant, (tx) => claimIn(tx, owed, since))
  if (!claim) return true
  let { sequence } = claim
  let error: string | null = null
  // What is too much for the collector is sent in smaller parts from then on.
  const most = claim.error_code === 'http_413' ? Math.max(batchEvents >> claim.attempts, 1) : batchEvents
  try {
    if (!(await forOrg(owed.tenant, (tx) => stillThere(tx, owed, claim)))) throw new NotTaken('chain_changed')
    for await (const events of exportAudit(owed.tenant, {}, sequence, most)) {
      await sink(events)
      const last = events.at(-1)
      if (!last) break
      const to = { sequence: BigInt(last.sequence), hash: last.hash }
      // After the acknowledgement, never before: what is in doubt is sent again.
      if (!(await forOrg(owed.tenant, (tx) => movedIn(tx, owed, sequence, to)))) return true
      sequence = to.sequence
      if (signal.aborted) break
    }
  } catch (caught) {
    error = caught instanceof NotTaken ? caught.code : 'failed'
    log.warn({ stream: owed.stream.id, code: error, err: caught }, 'a stream of the audit was not taken')
  }
  await forOrg(owed.tenant, (tx) => releasedIn(tx, owed, error, backoff(claim.attempts)))
  return error === null
}

/** One stream's chains, one after the other: a collector that is down costs one wait, and only its own lane. */
async function serve(egress: Egress, owed: readonly Owed[], signal: AbortSignal): Promise<boolean> {
  const [first] = owed
  if (!first) return true
  const { tenant, id } = first.stream
  const row = await forOrg(tenant, (tx) =>
    tx.audit_streams.findFirst({ where: { org_id: tenant.orgId, id } }),
  )
  if (!row || row.paused_at) return true
  const sink = sinkOf(egress, tenant, row, new URL(config().publicUrl).hostname)
  for (const one of owed) {
    if (signal.aborted) break
    if (!(await deliver(sink, one, row.since, signal))) return false
  }
  return true
}

/** Which streams are at work in this process, and until when those that failed rest: their other chains would fail too. */
export type Lanes = {
  busy: Map<string, Promise<void>>
  resting: Map<string, { failures: number; until: number }>
}

export const newLanes = (): Lanes => ({ busy: new Map(), resting: new Map() })

/** Starts a lane for each stream that lacks events and has none yet. @returns how many it started */
export async function deliverBehind(egress: Egress, lanes: Lanes, signal: AbortSignal): Promise<number> {
  const behind = await streamsBehind(1_000)
  let started = 0
  for (const [key, owed] of Map.groupBy(behind, ({ stream }) => `${stream.tenant.orgId}/${stream.id}`)) {
    const rest = lanes.resting.get(key)
    if (lanes.busy.has(key) || (rest && rest.until > performance.now())) continue
    started++
    lanes.busy.set(key, lane(egress, lanes, key, owed, signal))
  }
  return started
}

async function lane(
  egress: Egress,
  lanes: Lanes,
  key: string,
  owed: readonly Owed[],
  signal: AbortSignal,
): Promise<void> {
  const taken = await serve(egress, owed, signal).catch((err: unknown) => {
    log.error({ err }, 'a stream of the audit stopped')
    return false
  })
  lanes.busy.delete(key)
  if (taken) {
    lanes.resting.delete(key)
    return
  }
  const failures = (lanes.resting.get(key)?.failures ?? 0) + 1
  lanes.resting.set(key, { failures, until: performance.now() + backoff(failures) * 1_000 })
}

/**
 * Streams events out as they happen, for as long as the worker runs.
 * @returns how to stop; what was being sent is finished
 */
export function startAuditStreams(egress: Egress): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const lanes = newLanes()
  const running = (async () => {
    while (!signal.aborted) {
      await deliverBehind(egress, lanes, signal).catch((err: unknown) =>
        log.warn({ err }, 'streams of the audit do not know what they lack'),
      )
      await pause(pollMs, undefined, { signal }).catch(() => {})
    }
    await Promise.all(lanes.busy.values())
  })()
  return () => {
    stopping.abort()
    return running
  }
}
