import { usesOf } from '../accounts.ts'
import { type Cut, startCommitCutter } from '../commit-cutter.ts'
import { countOf, finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-21'

/** The connection is gone at the COMMIT of a renewed pair, before or after the server did it: nobody can know which. */
export const commitUnknown21: Scenario = {
  fault: '21',
  name: 'commit-unknown',
  inShort: true,
  plants: 'a pair written twice',
  async run(bed, short) {
    const count = short ? 10 : 100
    const cutter = await startCommitCutter(bed.cluster.url)
    const product = await bed.product('doubtful', { env: { DATABASE_URL: cutter.url } })
    try {
      const accounts = await bed.accounts(org, count)
      await bed.expire(accounts)
      await bed.provider.reset()
      cutter.cuts.push(...Array.from({ length: count }, (_, at): Cut => (at % 2 ? 'before' : 'after')))
      const ids = accounts.map(({ id }) => id)
      const ask = () => product.ask('each', { work: 'execute', accounts: ids, org, workers: 4 })
      // A pair that is brought in from the disk can be cut too: until every cut is spent.
      const first = await ask()
      await until('every cut to be made', async () => {
        if (cutter.cuts.length > 0) await bed.expire(accounts).then(ask)
        return cutter.cuts.length === 0
      })
      await product.ask('replaySpool', {})
      await bed.settle(product, accounts)
      if (bed.planted)
        await bed.cluster.sql('UPDATE credentials SET generation = generation + 1 WHERE account_id = $1', [
          accounts[0]?.uuid,
        ])
      const { active, silent, nulled } = await bed.books(accounts)
      const stale = await bed.renewOnceMore(product, accounts)
      const { usesMax, honouredTwice } = usesOf(await bed.provider.redemptions())
      return [
        finding(
          `the connection cut at the COMMIT of ${count} renewed pairs, half before the server did it and half after`,
          {
            'pairs lost': accounts.length - active.length + silent.length,
            'pairs that cannot be renewed': Object.keys(stale).length,
            'redeemed twice': honouredTwice,
            'tokens nulled': nulled.length,
          },
          {
            facts: {
              'calls told unavailable': countOf(first.outcomes, 'unavailable'),
              'redemptions per generation': usesMax,
            },
            holds: usesMax === 1,
          },
        ),
      ]
    } finally {
      await product.kill()
      await cutter.stop()
    }
  },
}
