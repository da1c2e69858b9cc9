import { setTimeout as wait } from 'node:timers/promises'
import type { Bed } from '../bed.ts'
import type { Account } from '../commands.ts'
import { countOf, finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-v4-mass'

type Item = { account_id: string; upstream: string }

/** What the product says became of each account, by the one report that an org has here. */
const reportOf = (bed: Bed) =>
  bed.cluster.sql<Item>(
    `SELECT i.account_id, i.upstream FROM mass_revocation_accounts i JOIN organizations o ON o.id = i.org_id
     WHERE o.external_id = $1`,
    [org],
  )

async function headOf(bed: Bed) {
  const [row] = await bed.cluster.sql<{ status: string; total: number; seconds: number; sealed: number }>(
    `SELECT m.status, m.total, extract(epoch FROM m.finished_at - m.created_at)::float8 AS seconds,
       (SELECT count(*)::int FROM upstream_revocations u WHERE u.org_id = m.org_id AND u.sealed IS NOT NULL) AS sealed
     FROM mass_revocations m JOIN organizations o ON o.id = m.org_id WHERE o.external_id = $1`,
    [org],
  )
  return row
}

/**
 * Asks for it in a process that is killed meanwhile: then everything is stopped, or nothing is and it is asked again.
 * @returns how many accounts were stopped when the process was dead, and how long the answered one took
 */
async function stopAll(bed: Bed, seconds: number) {
  const victim = await bed.product('mass-stop')
  const asked = victim.ask('revokeAll', { org }).then(
    ({ tookMs }) => tookMs,
    () => null,
  )
  await wait(Math.random() * seconds * 1000)
  await victim.kill()
  const cut = await asked
  const [clerk] = await bed.crewOf(1)
  // The server may still be at it: what it holds is let go of when it notices that nobody listens.
  await until('the killed transaction to be over', async () => {
    const busy = await bed.cluster.sql(
      `SELECT FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() AND query ~ 'UPDATE connected_accounts|mass_revocation'`,
    )
    return busy.length === 0
  })
  const stopped = (await headOf(bed))?.total ?? 0
  if (stopped > 0) return { stopped, tookMs: cut }
  const again = await clerk?.ask('revokeAll', { org })
  return { stopped, tookMs: again?.tookMs ?? null }
}

/** Calls of every account; none may get as far as the provider. */
async function callsOf(bed: Bed, accounts: readonly Account[]) {
  const [clerk] = await bed.crewOf(1)
  const before = Object.values((await bed.provider.state()).api).reduce((sum, count) => sum + count, 0)
  const told = await clerk?.ask('each', {
    work: 'execute',
    accounts: accounts.map(({ id }) => id),
    org,
    workers: 8,
  })
  const after = Object.values((await bed.provider.state()).api).reduce((sum, count) => sum + count, 0)
  return {
    reached: after - before,
    otherwise: accounts.length - countOf(told?.outcomes ?? {}, 'reauthorization_required'),
  }
}

/**
 * Every account of an org revoked at once; the process that stops them and the one that tells the provider are killed. The
 * provider keeps books of its own: which grants still have a token that is good.
 */
export const massRevokeV4: Scenario = {
  fault: 'V4',
  name: 'mass-revoke',
  inShort: true,
  plants: 'an account that the provider revoked, reported as not confirmed',
  async run(bed, short) {
    const [ours, others, called] = short ? [195, 5, 50] : [9_900, 100, 1_000]
    const started = performance.now()
    // Some rest on grants that are not ours to end: the provider refuses, so that there is something to report.
    const accounts = await bed.accounts(org, ours)
    const refused = await bed.accounts(org, others, 'ana', await bed.provider.stranger())
    const all = [...accounts, ...refused]
    console.error(`  ${all.length} accounts seeded in ${((performance.now() - started) / 1000).toFixed(0)} s`)
    const everyTenth = Math.max(1, Math.floor(all.length / called))
    const sample = all.filter((_, at) => at % everyTenth === 0)
    await bed.provider.faults({ rate_limit_per_minute: 1_000_000 })

    const stop = await stopAll(bed, short ? 0.3 : 3)
    const beforeTold = await callsOf(bed, sample)

    const victim = await bed.product('mass-tell')
    await victim.ask('work', {})
    const settled = async () => (await reportOf(bed)).filter(({ upstream }) => upstream !== 'pending').length
    const killAt = all.length * (0.3 + Math.random() * 0.4)
    await until('the provider to have been told of some', async () => (await settled()) >= killAt, 1_800)
    await victim.kill()
    const left = all.length - (await settled())
    // Another finds what nobody works at when its claim has lapsed and the minute is over; in the short form right now.
    if (short)
      await bed.cluster.sql(`UPDATE mass_revocations SET worked_until = now() - interval '31 seconds'`)
    const killed = performance.now()
    const successor = await bed.product('mass-tell-2')
    await successor.ask('work', {})
    if (short) await successor.ask('sweep', {})
    const open = all.length - left
    await until('another to go on', async () => (await settled()) > open, 300)
    const idle = (performance.now() - killed) / 1000
    const from = performance.now()
    const done = await settled()
    await until('all to be told', async () => (await headOf(bed))?.status === 'done', 1_800)
    const rate = (all.length - done) / ((performance.now() - from) / 1000)

    if (bed.planted)
      await bed.cluster.sql(
        `UPDATE mass_revocation_accounts SET upstream = 'unconfirmed' WHERE account_id = $1`,
        [accounts[0]?.uuid],
      )
    const said = new Map((await reportOf(bed)).map((item) => [item.account_id, item.upstream]))
    const live = await bed.provider.liveGrants()
    const { revocation } = await bed.provider.state()
    const head = await headOf(bed)
    const afterTold = await callsOf(bed, sample)
    await successor.kill()
    const are = (upstream: string) => all.filter(({ uuid }) => said.get(uuid) === upstream)
    return [
      finding(
        `${all.length} accounts revoked at once, ${others} of them on grants that the provider refuses to end; the process that stops them killed, and the one that tells the provider killed with ${left} left`,
        {
          'stopped in part': stop.stopped % all.length,
          'missing in the report': all.length - said.size,
          'in no final state': all.length - are('revoked').length - are('unconfirmed').length,
          'reported revoked and good at the provider': are('revoked').filter(({ grant }) => live.has(grant))
            .length,
          'reported not confirmed and revoked there': are('unconfirmed').filter(
            ({ grant }) => !live.has(grant),
          ).length,
          'tokens kept': head?.sealed ?? -1,
          'calls of them that reached the provider': beforeTold.reached + afterTold.reached,
          'calls answered otherwise': beforeTold.otherwise + afterTold.otherwise,
        },
        {
          facts: {
            'reported revoked': are('revoked').length,
            'reported not confirmed': are('unconfirmed').length,
            'revocations that the provider counted': revocation,
            'stopped at the first kill': stop.stopped,
            'all stopped in':
              stop.tookMs === null ? 'a process that was killed' : `${(stop.tookMs / 1000).toFixed(1)} s`,
            'another went on after': `${idle.toFixed(1)} s`,
            'accounts/s told': rate.toFixed(1),
          },
          holds: left > 0 && are('unconfirmed').length === others && revocation >= all.length,
        },
      ),
    ]
  },
}
