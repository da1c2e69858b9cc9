import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { usesOf } from '../accounts.ts'
import type { Bed } from '../bed.ts'
import type { Account } from '../commands.ts'
import { finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-17'
const latencyMs = 600

const spooled = (dataDir: string): number => {
  try {
    return readdirSync(join(dataDir, 'spool')).filter((name) => name.endsWith('.pair')).length
  } catch {
    return 0
  }
}

/** Waits until a count no longer grows, or there is no more to come. */
async function stable(count: () => number, most: number): Promise<number> {
  for (let seen = -1, quietMs = 0; ; quietMs += 50) {
    const now = count()
    if (now >= most || quietMs > 1_000) return now
    if (now !== seen) quietMs = 0
    seen = now
    await wait(50)
  }
}

type Round = { spooled: number; redeemed: number; killed: number }

/**
 * Crashes Postgres while the provider has the requests of several processes, so that the answers find no database;
 * half of the processes are killed too before it is back, so that what saves the pairs is what is on their disks.
 * @param strayMs how long after the answers the crash comes: negative is before them
 */
async function round(bed: Bed, accounts: readonly Account[], strayMs: number, kill: boolean): Promise<Round> {
  const crew = await Promise.all(['db-1', 'db-2'].map((name) => bed.product(name)))
  await bed.provider.reset()
  await bed.provider.faults({ latency_ms: latencyMs, latency_for: 'token' })
  // Last: from here on a process may renew one of them ahead of need, and that is one of the requests that are counted.
  await bed.expire(accounts)
  const asking = crew.map((product, index) => {
    const mine = accounts.filter((_, at) => at % crew.length === index).map(({ id }) => id)
    return product
      .ask('each', { work: 'execute', accounts: mine, org, workers: mine.length })
      .catch(() => null)
  })
  const { provider } = bed
  await until(
    'the requests to be under way',
    async () => (await provider.state()).token_refresh >= accounts.length,
  )
  await wait(Math.max(0, latencyMs - 150 + strayMs))
  await bed.cluster.crash()
  await until(
    'every answer to be given',
    async () => (await provider.redemptions()).length >= accounts.length,
  )
  const commits = () => crew.reduce((sum, { dataDir }) => sum + spooled(dataDir), 0)
  // A crash after the answer may find some committed: then the disk has fewer, and nothing more is to come.
  const kept = await stable(commits, accounts.length)
  const victims = kill ? crew.slice(0, 1) : []
  await Promise.all(victims.map((victim) => victim.kill()))
  if (bed.planted)
    for (const { dataDir } of crew) rmSync(join(dataDir, 'spool'), { recursive: true, force: true })
  await bed.cluster.start()
  const again = await Promise.all(victims.map(({ name }) => bed.product(name)))
  await Promise.all(asking)
  const alive = [...crew.filter((product) => !victims.includes(product)), ...again]
  await until('the disks to be brought in', () => alive.every(({ dataDir }) => spooled(dataDir) === 0))
  await Promise.all(alive.map((product) => product.kill()))
  return { spooled: kept, redeemed: (await provider.redemptions()).length, killed: victims.length }
}

export const databaseDown17: Scenario = {
  fault: '17',
  name: 'database-down',
  inShort: true,
  plants: 'the disks wiped before the restart',
  async run(bed, short) {
    const [rounds, perRound] = short ? [1, 8] : [20, 10]
    const [clerk] = await bed.crewOf(1)
    if (!clerk) throw new Error('no process')
    const found = { lost: 0, unusable: 0, twice: 0, nulled: 0, spooled: 0, killed: 0 }
    for (let at = 0; at < rounds; at++) {
      const accounts = await bed.accounts(org, perRound)
      // From well before the answers to just after them: some commits are in the middle, some are done.
      const strayMs = short ? -100 : -100 + (at * 300) / rounds
      const { spooled: kept, killed } = await round(bed, accounts, strayMs, at % 2 === 0)
      await bed.settle(clerk, accounts)
      const books = await bed.books(accounts)
      found.twice += usesOf(await bed.provider.redemptions()).honouredTwice
      await bed.provider.faults({ latency_ms: 0 })
      const stale = await bed.renewOnceMore(clerk, accounts)
      found.lost += accounts.length - books.active.length + books.silent.length
      found.unusable += Object.keys(stale).length
      found.nulled += books.nulled.length
      found.spooled += kept
      found.killed += killed
    }
    return [
      finding(
        `Postgres crashed (pg_ctl stop -m immediate) at the moment of ${rounds * perRound} commits, in ${rounds} crashes`,
        {
          'pairs lost': found.lost,
          'pairs that cannot be renewed': found.unusable,
          'redeemed twice': found.twice,
          'tokens nulled': found.nulled,
        },
        {
          facts: {
            'brought in from disk': found.spooled,
            'processes killed before the restart': found.killed,
          },
          holds: found.spooled > 0,
        },
      ),
    ]
  },
}
