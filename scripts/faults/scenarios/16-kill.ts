import { setTimeout as wait } from 'node:timers/promises'
import type { Redemption } from '../../../sandbox/faults.ts'
import { type Fate, usesOf } from '../accounts.ts'
import type { Bed } from '../bed.ts'
import type { Account } from '../commands.ts'
import { type Finding, finding, inMs, quantile, type Scenario } from '../scenario.ts'

const org = 'fault-16'
const env = { BEHALF_REFRESH_LEASE_SECONDS: '3' }
const slots = 3
const workers = 8
const accountsPerSlot = 40

type Death = { atMs: number; accounts: readonly Account[] }

/** Starts a process that renews without a pause, and kills it at a random moment. */
async function killOne(bed: Bed, slot: number, accounts: readonly Account[], windows: number[]) {
  const victim = await bed.product(`victim-${slot}`, { env })
  const ids = accounts.map(({ id }) => id)
  await victim.ask('renewForever', { accounts: ids, org, workers })
  await wait(Math.random() * 200)
  windows.push(...(await victim.ask('windows', {})))
  // Not at the moment of the answer to us: that is when it does nothing else.
  await wait(Math.random() * 50)
  const atMs = Date.now()
  await victim.kill()
  return { atMs, accounts }
}

type Batch = {
  lost: Fate[]
  recovered: number
  unexplained: number
  silent: number
  stale: number
  unsaid: number
  honouredTwice: number
  /** Milliseconds from the provider's answer to the death that lost it; negative when the death came first. */
  afterAnswerMs: number[]
}

async function batch(bed: Bed, kills: number, windows: number[]): Promise<Batch> {
  await bed.provider.reset()
  await bed.provider.faults({ latency_ms: 5, latency_for: 'token' })
  const sets = await Promise.all(Array.from({ length: slots }, () => bed.accounts(org, accountsPerSlot)))
  const deaths: Death[] = []
  let left = kills
  await Promise.all(
    sets.map(async (accounts, slot) => {
      while (left-- > 0) deaths.push(await killOne(bed, slot, accounts, windows))
    }),
  )
  await bed.provider.faults({ latency_ms: 0 })
  const accounts = sets.flat()
  const open = (await bed.fates(accounts)).filter((fate) => fate.open)
  const examiner = await bed.product('examiner', { env })
  await bed.settle(examiner, accounts)
  if (bed.planted)
    await bed.cluster.sql(
      `UPDATE connected_accounts SET status = 'needs_reauth', status_reason = 'rotation_lost' WHERE id = $1`,
      [(await bed.books(accounts)).active[0]?.account.uuid],
    )
  const redemptions = await bed.provider.redemptions()
  const { explained: lost, unexplained, silent, active } = await bed.books(accounts)
  for (const { account, ...fate } of [...unexplained, ...silent])
    console.error(`  ${account.id}: ${JSON.stringify(fate)}`)
  const dead = new Set([...lost, ...unexplained].map(({ account }) => account.id))
  const stale = await bed.renewOnceMore(
    examiner,
    active.map(({ account }) => account),
  )
  await examiner.kill()
  return {
    lost,
    recovered: open.filter(({ account }) => !dead.has(account.id)).length,
    unexplained: unexplained.length,
    silent: silent.length,
    stale: Object.keys(stale).length,
    unsaid: await unsaidOf(bed, lost),
    honouredTwice: usesOf(redemptions).honouredTwice,
    afterAnswerMs: lost.map((fate) => afterAnswerMs(fate, redemptions, deaths)),
  }
}

/** Losses of which no event told anybody. */
async function unsaidOf(bed: Bed, lost: readonly Fate[]): Promise<number> {
  const ids = lost.map(({ account }) => account.id)
  const [row] = await bed.cluster.sql<{ said: number }>(
    `SELECT count(DISTINCT data->>'connected_account_id')::int AS said FROM outbox_events
     WHERE type = 'connected_account.needs_reauth' AND data->>'reason' = 'rotation_lost'
       AND data->>'connected_account_id' = ANY($1::text[])`,
    [ids],
  )
  return ids.length - (row?.said ?? 0)
}

/** Its death is the one nearest to the answer: a request may still have been on its way when its process died. */
function afterAnswerMs(
  { account }: Fate,
  redemptions: readonly Redemption[],
  deaths: readonly Death[],
): number {
  const last = redemptions.findLast(({ grant, status }) => grant === account.grant && status === 200)
  const answeredMs = last?.answered_ms ?? last?.received_ms ?? Number.NaN
  const from = deaths
    .filter(({ accounts }) => accounts.includes(account))
    .map(({ atMs }) => atMs - answeredMs)
  return from.sort((one, other) => Math.abs(one) - Math.abs(other))[0] ?? Number.NaN
}

async function kill(bed: Bed, short: boolean): Promise<Finding[]> {
  const kills = bed.planted ? 3 : short ? 6 : 1_000
  const perBatch = Math.min(kills, 100)
  const windows: number[] = []
  const batches: Batch[] = []
  for (let done = 0; done < kills; done += perBatch) {
    const one = await batch(bed, perBatch, windows)
    batches.push(one)
    console.error(`  ${done + perBatch} kills: ${one.lost.length} lost, ${one.unexplained} unexplained`)
  }
  const sum = (of: (batch: Batch) => number) => batches.reduce((total, one) => total + of(one), 0)
  const after = batches.flatMap(({ afterAnswerMs: each }) => each)
  return [
    finding(
      `${kills} SIGKILLs at random moments, each over ${workers} refreshes under way, single-use rotation`,
      {
        'unexplained losses': sum((one) => one.unexplained),
        'silent losses': sum((one) => one.silent),
        'losses not reported': sum((one) => one.unsaid),
        'stale pairs': sum((one) => one.stale),
        'generations redeemed twice': sum((one) => one.honouredTwice),
      },
      {
        facts: {
          'lost after the provider rotated, reported as rotation_lost': sum(({ lost }) => lost.length),
          'interrupted and recovered': sum(({ recovered }) => recovered),
          'commit window p50': inMs(quantile(windows, 0.5)),
          p99: `${inMs(quantile(windows, 0.99))} of ${windows.length}`,
          'died before the answer': after.filter((ms) => ms < 0).length,
          'died after it': after.filter((ms) => ms >= 0).length,
          'at most': `${Math.max(0, ...after)} ms after`,
        },
        // Nobody was hit in the middle: then nothing was tried. After three seconds a pair is on disk at the latest.
        holds:
          windows.length > kills &&
          after.every((ms) => ms < 3_000) &&
          sum(({ lost, recovered }) => lost.length + recovered) > 0,
      },
    ),
  ]
}

export const kill16: Scenario = {
  fault: '16',
  name: 'kill',
  inShort: true,
  plants: 'an account given up that the provider never rotated for',
  run: kill,
}
