import { mostWithin, usesOf } from '../accounts.ts'
import type { Bed } from '../bed.ts'
import { finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-32'
const processes = 4

/** What the provider itself can do on this machine: as many refreshes as we get out of it, without our product. */
async function providerMax(bed: Bed, count: number): Promise<number> {
  const queue = await bed.provider.mint(count)
  const started = performance.now()
  const run = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const response = await bed.provider.refreshDirectly(next.refresh_token)
      await response.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: 16 }, run))
  return count / ((performance.now() - started) / 1000)
}

/** Accounts whose access tokens all end within one minute, renewed ahead by four processes. */
export const storm32: Scenario = {
  fault: '32',
  name: 'storm',
  inShort: false,
  plants: 'a token that has run out before it is due',
  async run(bed, short) {
    const [count, cap, spread, lead] = short ? [400, 80, 5, 15] : [10_000, 100, 60, 180]
    const alone = await providerMax(bed, short ? 200 : 2_000)
    const accounts = await bed.accounts(org, count)
    const env = { FAULTS_REFRESHES_PER_SECOND: String(cap) }
    const crew = await Promise.all(
      Array.from({ length: processes }, (_, index) => bed.product(`storm-${index + 1}`, { env })),
    )
    await bed.provider.reset()
    // As at a connect of all in one minute; each is due at a moment of its own before its end, as the vault sets it.
    await bed.cluster.sql(
      `UPDATE credentials SET access_ttl = 300, access_expires_at = now() + make_interval(secs => $2 + random() * $3),
         refresh_due_at = now() + make_interval(secs => random() * $3)
       WHERE account_id = ANY($1::uuid[])`,
      [accounts.map(({ uuid }) => uuid), lead, spread],
    )
    if (bed.planted)
      await bed.cluster.sql(
        `UPDATE credentials SET access_expires_at = now() - interval '1 second' WHERE account_id = $1`,
        [accounts[0]?.uuid],
      )
    const ends = await bed.cluster.sql<{ account_id: string; ends: Date }>(
      'SELECT account_id, access_expires_at AS ends FROM credentials WHERE account_id = ANY($1::uuid[])',
      [accounts.map(({ uuid }) => uuid)],
    )
    const endOf = new Map(ends.map((row) => [row.account_id, row.ends.getTime()]))
    await Promise.all(crew.map((product) => product.ask('refreshAhead', { on: true })))
    const left = async () => {
      const [row] = await bed.cluster.sql<{ left: number }>(
        'SELECT count(*)::int AS left FROM credentials WHERE account_id = ANY($1::uuid[]) AND generation = 1',
        [accounts.map(({ uuid }) => uuid)],
      )
      return row?.left ?? count
    }
    await until('all to be renewed', async () => (await left()) === 0, lead + spread + 120)
    await Promise.all(crew.map((product) => product.ask('refreshAhead', { on: false })))
    const redemptions = await bed.provider.redemptions()
    const renewed = await bed.cluster.sql<{ account_id: string; at: Date }>(
      'SELECT account_id, refreshed_at AS at FROM credentials WHERE account_id = ANY($1::uuid[])',
      [accounts.map(({ uuid }) => uuid)],
    )
    const late = renewed.filter(({ account_id, at }) => at.getTime() > (endOf.get(account_id) ?? 0)).length
    const at = redemptions.map(({ received_ms }) => received_ms).sort((one, other) => one - other)
    const seconds = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1000
    const { usesMax } = usesOf(redemptions)
    const { unexplained, explained } = await bed.books(accounts)
    await Promise.all(crew.map((product) => product.kill()))
    return [
      finding(
        `${count} access tokens that end within ${spread} s, ${processes} processes renew ahead`,
        {
          'expired at use': late,
          duplicates: redemptions.length - count,
          needs_reauth: unexplained.length + explained.length,
        },
        {
          facts: {
            'refreshes/s': (count / seconds).toFixed(0),
            'its cap': `${cap}/s`,
            'the provider alone': `${alone.toFixed(0)}/s`,
            'most in one second': mostWithin(redemptions, 1),
            'redemptions per generation': usesMax,
          },
          // Over five seconds: what left within the cap may arrive in a bunch.
          holds: usesMax === 1 && mostWithin(redemptions, 5) <= 5 * cap,
        },
      ),
    ]
  },
}
