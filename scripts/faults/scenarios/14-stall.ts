import { setTimeout as wait } from 'node:timers/promises'
import { usesOf } from '../accounts.ts'
import type { Bed } from '../bed.ts'
import { type Finding, finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-14'
const leaseSeconds = 3
const env = { BEHALF_REFRESH_LEASE_SECONDS: String(leaseSeconds) }

/**
 * Stops the holder of a lease while the provider has its request, lets others want the account meanwhile, and lets
 * the holder go on with the answer in its hands.
 */
async function stalled(bed: Bed, stallSeconds: number, rounds: number): Promise<Finding> {
  const [holder, other] = await Promise.all([bed.product('holder', { env }), bed.product('other', { env })])
  const accounts = await bed.accounts(org, rounds)
  const asks = { work: 'execute' as const, accounts: accounts.map(({ id }) => id), org, workers: rounds }
  // A first call each, so that what is stopped later is a refresh and not a start.
  await Promise.all([holder.ask('each', asks), other.ask('each', asks)])
  await bed.expire(accounts)
  await bed.provider.reset()
  await bed.provider.faults({ latency_ms: 400, latency_for: 'token' })
  const holding = holder.ask('each', asks)
  await until(
    'every request to be at the provider',
    async () => (await bed.provider.state()).token_refresh >= rounds,
  )
  holder.signal('SIGSTOP')
  await wait(stallSeconds * 1000)
  const wanting = other.ask('each', asks)
  const meanwhile = wanting.then(({ failed }) => Object.keys(failed).length)
  await wait(500)
  holder.signal('SIGCONT')
  await Promise.all([holding, meanwhile])
  await bed.settle(other, accounts)
  if (bed.planted)
    await bed.cluster.sql(
      'UPDATE credentials SET generation = generation + 1, dead_at = NULL, dead_reason = NULL',
    )
  const { unexplained, explained, silent, nulled, active } = await bed.books(accounts)
  const stale = await bed.renewOnceMore(
    other,
    active.map(({ account }) => account),
  )
  const { honouredTwice } = usesOf(await bed.provider.redemptions())
  await Promise.all([holder.kill(), other.kill()])
  return finding(
    `${rounds} holders stalled for ${stallSeconds} s with the answer in hand, lease ${leaseSeconds} s`,
    {
      'stale overwrites': silent.length + Object.keys(stale).length,
      'redeemed twice': honouredTwice,
      'tokens nulled': nulled.length,
      'false needs_reauth': unexplained.length + explained.length,
    },
    { facts: { 'in use': active.length } },
  )
}

export const stall14: Scenario = {
  fault: '14',
  name: 'stall',
  inShort: true,
  plants: 'a generation written that the provider never gave',
  async run(bed, short) {
    if (short) return [await stalled(bed, leaseSeconds + 1, 4)]
    return [await stalled(bed, leaseSeconds - 1, 10), await stalled(bed, leaseSeconds + 1, 10)]
  },
}
