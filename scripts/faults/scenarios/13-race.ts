import { balance, usesOf } from '../accounts.ts'
import type { Bed } from '../bed.ts'
import type { Account } from '../commands.ts'
import { type Finding, finding, inWords, type Scenario } from '../scenario.ts'

/** All processes want every account at once, each with many workers. @returns what they were told */
async function wantAll(bed: Bed, accounts: readonly Account[], processes: number, workers: number) {
  const crew = await bed.crewOf(processes)
  const org = accounts[0]?.org ?? ''
  const wanted = accounts.flatMap(({ id }) => Array.from({ length: workers }, () => id))
  const asks = { work: 'execute' as const, accounts: wanted, org, workers: accounts.length * workers }
  const answers = await Promise.all(crew.map((product) => product.ask('each', asks)))
  const outcomes: Record<string, number> = {}
  for (const answer of answers)
    for (const [outcome, count] of Object.entries(answer.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count
  return outcomes
}

async function race(bed: Bed, short: boolean): Promise<Finding> {
  const [processes, workers, count, rounds] = short ? [3, 4, 3, 2] : [4, 8, 5, 10]
  const accounts = await bed.accounts('fault-13', count)
  // Once beforehand, so that what races is calls and not starts.
  await wantAll(bed, accounts, processes, 1)
  // Long enough for every process to come while the first is being answered, or it would be no race.
  await bed.provider.faults({ latency_ms: short ? 500 : 1_000, latency_for: 'token' })
  await bed.crewOf(processes)
  if (bed.planted) await bed.dropLeases()
  let refused = 0
  for (let round = 0; round < rounds; round++) {
    await bed.expire(accounts)
    const { succeeded = 0, ...others } = await wantAll(bed, accounts, processes, workers)
    refused += processes * workers * count - succeeded
    if (refused > 0) console.error(`  round ${round + 1}: ${inWords(others)}`)
  }
  if (bed.planted) await bed.keepLeases()
  const redemptions = await bed.provider.redemptions()
  const fates = await bed.fates(accounts)
  const { unexplained, explained, silent, nulled } = balance(fates)
  const wrong = fates.filter(({ generation }) => generation !== 1 + rounds).length
  const [first] = await bed.crewOf(1)
  const stale = first ? Object.keys(await bed.renewOnceMore(first, accounts)).length : accounts.length
  const { usesMax } = usesOf(redemptions)
  return finding(
    `${processes} processes × ${workers} workers want ${count} expired accounts at once, ${rounds} generations, single-use rotation`,
    {
      'calls refused': refused,
      'generations missed': wrong,
      'stale overwrites': stale + silent.length,
      'tokens nulled': nulled.length,
      'false needs_reauth': unexplained.length + explained.length,
    },
    {
      facts: { 'refreshes at the provider': redemptions.length, 'redemptions per generation': usesMax },
      holds: usesMax === 1 && redemptions.length === count * rounds,
    },
  )
}

export const race13: Scenario = {
  fault: '13',
  name: 'race',
  inShort: true,
  plants: 'no lease holds',
  run: async (bed, short) => [await race(bed, short)],
}
