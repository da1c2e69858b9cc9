import { finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-15'

/** A request that reaches the provider after another process has renewed the account is refused: that is no news. */
export const loser15: Scenario = {
  fault: '15',
  name: 'loser',
  inShort: false,
  plants: 'the grants revoked in the middle',
  async run(bed) {
    const count = 10
    const [one, other] = await bed.crewOf(2)
    if (!one || !other) throw new Error('no processes')
    const accounts = await bed.accounts(org, count)
    const asks = { work: 'execute' as const, accounts: accounts.map(({ id }) => id), org, workers: count }
    // Once beforehand, or the one that overtakes is still starting while the other is answered.
    await Promise.all([one, other].map((product) => product.ask('each', asks)))
    await bed.expire(accounts)
    await bed.provider.faults({ latency_ms: 1_000, latency_for: 'token', reuse_ends_family: false })
    const losing = one.ask('each', asks)
    await until(
      'its requests to be under way',
      async () => (await bed.provider.state()).token_refresh === count,
    )
    await bed.provider.faults({ latency_ms: 0 })
    await bed.cluster.sql(
      `UPDATE credentials SET lease_owner = NULL, lease_until = NULL, refresh_intent = NULL
       WHERE account_id = ANY($1::uuid[])`,
      [accounts.map(({ uuid }) => uuid)],
    )
    if (bed.planted) await bed.provider.revokeUser('ana')
    const won = await other.ask('each', asks)
    const lost = await losing
    const refusedThere = (await bed.provider.redemptions()).filter(({ status }) => status === 400).length
    const { unexplained, explained, silent, nulled } = await bed.books(accounts)
    const stale = await bed.renewOnceMore(other, accounts)
    return [
      finding(
        `${count} requests overtaken by another process, so that the provider refuses them with invalid_grant`,
        {
          'calls refused': Object.keys(lost.failed).length + Object.keys(won.failed).length,
          'false needs_reauth': unexplained.length + explained.length,
          'stale overwrites': silent.length + Object.keys(stale).length,
          'tokens nulled': nulled.length,
        },
        // On a busy machine some are not overtaken in time; without any, nothing was tried.
        { facts: { 'refusals at the provider': refusedThere }, holds: refusedThere >= count / 2 },
      ),
    ]
  },
}
