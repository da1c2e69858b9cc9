import { setTimeout as sleep } from 'node:timers/promises'
import { deployment, type Statement, sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { anchored, log } from '#lib/log'
import type { Tenant } from '#lib/proof'

// A provider that says when to come back is taken at its word: until then no call of that account, or of that client
// where it means all of them, leaves any process. Each process knows what it was told itself; what the others were told
// is in a row, written when a provider refuses for the rate and read with the other facts of a call.

/** Whose calls wait: one account's, or all that one OAuth client of ours makes. */
export type Waiting = { orgId: string; kind: 'account' | 'auth_config'; id: string }

type Wait = { untilMs: number; strikes: number }

const waits = anchored('upstream_waits', () => new Map<string, Wait>())
const waitsMax = 20_000
const queue = anchored('upstream_waiting', () => ({ length: 0 }))
/** Calls of this process that may sit out a wait at one time; the others are told how long it is. */
const queueMax = 500

const backoffSecondsMax = 60
const holdSecondsMax = 3_600
const keyOf = ({ orgId, id }: Waiting) => `${orgId}/${id}`

function untilOf(subjects: readonly Waiting[]): number {
  let until = 0
  if (waits.size === 0) return until
  for (const subject of subjects) until = Math.max(until, waits.get(keyOf(subject))?.untilMs ?? 0)
  return until
}

function keep(subject: Waiting, ms: number, strikes: number): void {
  const key = keyOf(subject)
  if (waits.size >= waitsMax && !waits.has(key)) forgetPast()
  const known = waits.get(key)
  waits.set(key, { untilMs: Math.max(known?.untilMs ?? 0, performance.now() + ms), strikes })
}

function forgetPast(): void {
  const now = performance.now()
  for (const [key, { untilMs }] of waits) if (untilMs <= now) waits.delete(key)
  // All of them in force: whoever is dropped is known from its row still.
  if (waits.size >= waitsMax) waits.clear()
}

/** Milliseconds until a call may leave; 0 when it may now. */
export const waitMs = (subjects: readonly Waiting[]): number =>
  Math.max(0, untilOf(subjects) - performance.now())

/**
 * For the one read of a call's facts: what other processes were told. `a` is the row of connected_accounts; a client of
 * the deployment's is every org's to read.
 */
export const waitFact = {
  select: `(SELECT ceil(extract(epoch FROM max(w.not_before) - now()) * 1000)::int FROM upstream_waits w
    WHERE (w.org_id, w.subject_id) IN ((a.org_id, a.id), (a.auth_config_org_id, a.auth_config_id)))`,
  parse: (value: unknown): number => (typeof value === 'number' ? Math.max(0, value) : 0),
} as const

/** Takes in what `waitFact` read. @param ms from `waitFact.parse` */
export function learnWait(account: { orgId: string; id: string }, ms: number): void {
  if (ms > 0) keep({ ...account, kind: 'account' }, ms, 0)
}

const holdStatement: Statement = {
  name: 'upstream_wait',
  text: `WITH past AS (
      DELETE FROM upstream_waits WHERE org_id = $1::uuid AND not_before < now() - interval '1 hour'
        AND subject_id <> $2::uuid)
    INSERT INTO upstream_waits AS w (org_id, subject_id, kind, not_before)
    VALUES ($1::uuid, $2::uuid, $3, now() + make_interval(secs => $4::float8))
    ON CONFLICT (org_id, subject_id) DO UPDATE SET not_before = greatest(w.not_before, excluded.not_before)`,
}

/**
 * Keeps calls away after a refusal for the rate, in this process at once and in the others by their next call.
 * @param seconds what the provider said; `null` doubles with every refusal in a row, from one second to a minute
 * @returns how long that is, in seconds
 */
export async function hold(tenant: Tenant, subject: Waiting, seconds: number | null): Promise<number> {
  const strikes = (waits.get(keyOf(subject))?.strikes ?? 0) + 1
  // Jitter only ever adds: coming back early is what a provider punishes.
  const own = Math.min(2 ** (strikes - 1), backoffSecondsMax) * (1 + Math.random() / 2)
  const held = Math.min(seconds ?? own, holdSecondsMax)
  keep(subject, held * 1000, strikes)
  const owner = subject.orgId === tenant.orgId ? tenant : deployment
  await sqlForOrg(owner, (sql) => sql(holdStatement, [subject.orgId, subject.id, subject.kind, held])).catch(
    (err: unknown) => log.warn({ err }, 'other processes do not know of a rate limit'),
  )
  return held
}

/** Keeps this process away from a limit that an answer showed to be used up. @param seconds until it is refilled */
export function holdHere(subject: Waiting, seconds: number): void {
  keep(subject, seconds * 1000, waits.get(keyOf(subject))?.strikes ?? 0)
}

/** A provider that answers again is asked without extra care again. */
export function eased(subjects: readonly Waiting[]): void {
  if (waits.size === 0) return
  const now = performance.now()
  for (const subject of subjects) {
    const known = waits.get(keyOf(subject))
    if (known && known.untilMs <= now) waits.delete(keyOf(subject))
  }
}

/**
 * Sits out what a provider asked for.
 * @param deadlineMs on `performance.now()`'s clock: a wait that would not leave the call enough time is not begun
 * @returns whether there was a wait
 * @throws AppError `upstream_rate_limited` where the wait is too long; what `signal` aborts with
 */
export async function sitOut(
  subjects: readonly Waiting[],
  provider: string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  let waited = false
  for (let ms = waitMs(subjects); ms > 0; ms = waitMs(subjects)) {
    if (queue.length >= queueMax || performance.now() + ms > deadlineMs) {
      throw new AppError('upstream_rate_limited', {
        detail: `${provider} limits the rate.`,
        retry_after_seconds: Math.ceil(ms / 1000),
        category: 'rate_limit',
      })
    }
    queue.length++
    // Those who waited for the same moment do not come at the same moment.
    await sleep(ms + Math.random() * Math.min(ms / 10, 500), undefined, { signal }).finally(
      () => queue.length--,
    )
    waited = true
  }
  return waited
}
