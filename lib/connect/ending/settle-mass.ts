import { setTimeout as delay } from 'node:timers/promises'
import { forOrg, type Tx } from '#lib/db'
import { enqueueIn } from '#lib/jobs'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import type { Deps } from '../context.ts'
import { giveUpSeconds } from './certificate.ts'
import { finishOrgDeletion } from './delete-org.ts'
import { expireRevocationRequestsIn } from './second-person.ts'
import { settleRevocation } from './settle-revocation.ts'

// Providers limit how often they are called: so many at a time, and no faster than this.
const atOnce = 5
const paceMsMin = 250
/** One worker has a revocation for this long, and asks again as long as it lives; then another goes on. */
const claimSeconds = 30
const retrySecondsMax = 3_600

type Head = { org_deleted: boolean; seconds_left: number }

/** @returns `null` when it is done, or another worker has it, or its next try is not due */
async function claim(tenant: Tenant, id: string): Promise<Head | null> {
  const [head] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<Head[]>`
      UPDATE mass_revocations SET worked_until = now() + make_interval(secs => ${claimSeconds})
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = 'running'
        AND (worked_until IS NULL OR worked_until <= now())
      RETURNING coalesce((filter ->> 'org_deleted')::boolean, false) AS org_deleted,
        greatest(0, extract(epoch FROM created_at - now()) + ${giveUpSeconds})::float8 AS seconds_left`,
  )
  return head ?? null
}

const extendIn = (tx: Tx, tenant: Tenant, id: string, seconds: number) =>
  tx.$executeRaw`UPDATE mass_revocations SET worked_until = now() + make_interval(secs => ${seconds}::float8)
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = 'running'`

/** The next debts of a revocation, each once in a pass. */
const nextPage = (tenant: Tenant, id: string, after: string | null) =>
  forOrg(tenant, async (tx) => {
    await extendIn(tx, tenant, id, claimSeconds)
    return tx.mass_revocation_accounts.findMany({
      where: {
        org_id: tenant.orgId,
        revocation_id: id,
        upstream: 'pending',
        ...(after !== null && { account_id: { gt: after } }),
      },
      orderBy: { account_id: 'asc' },
      take: atOnce,
    })
  })

/**
 * Tells the providers what a mass revocation owes, account by account. It may be cut off anywhere: what is settled
 * stays settled, and the next worker goes on with the rest.
 * @param signal ends the pass after what is under way
 */
export async function settleMassRevocation(
  deps: Deps,
  tenant: Tenant,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const head = await claim(tenant, id)
  if (!head) return
  // The keys of a deleted org do not wait for its providers.
  const ends = head.org_deleted
    ? AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(head.seconds_left * 1000))])
    : signal
  for (let after: string | null = null; !ends.aborted; ) {
    const paced = delay(paceMsMin, undefined, { ref: false })
    const page = await nextPage(tenant, id, after)
    if (page.length === 0) break
    after = page.at(-1)?.account_id ?? null
    const tries = page.map(({ upstream_revocation_id }) =>
      upstream_revocation_id ? settleRevocation(deps, tenant, upstream_revocation_id, null) : null,
    )
    for (const tried of await Promise.allSettled(tries)) {
      if (tried.status === 'rejected')
        log.error({ err: tried.reason }, 'account of a mass revocation not settled')
    }
    await paced
  }
  if (head.org_deleted && (await finishOrgDeletion(deps, tenant, id))) return
  await forOrg(tenant, (tx) => closeIn(tx, tenant, id))
}

/** Closes a revocation that owes nothing more, or queues its next pass. */
async function closeIn(tx: Tx, tenant: Tenant, id: string): Promise<void> {
  const [left] = await tx.$queryRaw<{ owed: bigint; attempts: number | null; term: number | null }[]>`
    SELECT count(*) AS owed, max(u.attempts) AS attempts,
      extract(epoch FROM min(u.give_up_at) - now())::float8 AS term
    FROM mass_revocation_accounts i
    JOIN upstream_revocations u ON u.org_id = i.org_id AND u.id = i.upstream_revocation_id
    WHERE i.org_id = ${tenant.orgId}::uuid AND i.revocation_id = ${id}::uuid AND i.upstream = 'pending'`
  if (!left || left.owed === 0n) {
    await tx.mass_revocations.updateMany({
      where: { org_id: tenant.orgId, id, status: 'running' },
      data: { status: 'done', finished_at: new Date(), worked_until: null },
    })
    return
  }
  const pause = Math.min(retrySecondsMax, 10 * 2 ** (left.attempts ?? 0), Math.max(1, left.term ?? Infinity))
  await extendIn(tx, tenant, id, pause)
  await enqueueIn(tx, tenant, 'settle_mass_revocation', { revocation_id: id }, { runInSeconds: pause + 1 })
}

const noticeDays = 90

/**
 * Finds what a worker left behind when it ended without a word: claims that have lapsed, batches that were not ended,
 * and debts past their term. Forgets notices so old that none is sent again.
 */
export async function resumeRevocations(deps: Deps, tenant: Tenant): Promise<void> {
  const { overdue } = await forOrg(tenant, async (tx) => {
    const stale = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM mass_revocations WHERE org_id = ${tenant.orgId}::uuid AND status = 'running' AND id <> batch_id
        AND coalesce(worked_until, created_at) < now() - interval '30 seconds'`
    for (const { id } of stale)
      await enqueueIn(
        tx,
        tenant,
        'settle_mass_revocation',
        { revocation_id: id },
        { key: `settle_mass:${id}` },
      )
    const cutOff = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM mass_revocations WHERE org_id = ${tenant.orgId}::uuid AND status = 'running' AND id = batch_id
        AND created_at < now() - interval '5 minutes'`
    for (const { id } of cutOff)
      await enqueueIn(tx, tenant, 'stop_batch', { batch_id: id }, { key: `stop_batch:${id}` })
    await expireRevocationRequestsIn(tx, tenant)
    await tx.$executeRaw`DELETE FROM provider_notices WHERE org_id = ${tenant.orgId}::uuid
      AND received_at < now() - make_interval(days => ${noticeDays}::int)`
    return {
      overdue: await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM upstream_revocations
        WHERE org_id = ${tenant.orgId}::uuid AND status = 'pending' AND give_up_at <= now() LIMIT 100`,
    }
  })
  for (const { id } of overdue) await settleRevocation(deps, tenant, id, null)
}
