import type { Bed } from '../bed.ts'
import type { Account, Outcomes } from '../commands.ts'
import type { Product } from '../product.ts'
import { countOf, finding, inWords, type Scenario } from '../scenario.ts'

const org = 'fault-30'
const secondsMax = 600

/** Calls without a pause until `ended`, with a renewal among them now and then. */
async function load(bed: Bed, crew: readonly Product[], accounts: readonly Account[], ended: () => boolean) {
  const outcomes: Outcomes = {}
  let calls = 0
  let renewals = 0
  const run = async (product: Product, index: number) => {
    const mine = accounts.filter((_, at) => at % crew.length === index)
    const ids = Array.from({ length: 200 }, (_, at) => mine[at % mine.length]?.id ?? '')
    while (!ended()) {
      const asks = {
        work: 'execute' as const,
        accounts: ids,
        org,
        workers: 24,
        tool: 'sandbox.list_projects',
      }
      for (const [outcome, count] of Object.entries((await product.ask('each', asks)).outcomes)) {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count
        calls += count
      }
      await bed.expire(mine.slice(0, 5))
      renewals += 5
    }
  }
  const started = performance.now()
  await Promise.all(crew.map(run))
  return { outcomes, calls, renewals, perSecond: calls / ((performance.now() - started) / 1000) }
}

/** An org's data key replaced while calls use what it sealed: nothing fails to open, and in the end nothing needs it. */
export const keyRotation30: Scenario = {
  fault: '30',
  name: 'key-rotation',
  inShort: false,
  plants: 'one credential sealed under a key that is nowhere',
  async run(bed) {
    const accounts = await bed.accounts(org, 200)
    const crew = await bed.crewOf(3)
    const worker = await bed.product('worker')
    await bed.provider.faults({ rate_limit_per_minute: 1_000_000 })
    await worker.ask('work', {})
    if (bed.planted)
      await bed.cluster.tamper('UPDATE credentials SET sealed = sha256(sealed) WHERE account_id = $1', [
        accounts[0]?.uuid,
      ])
    await worker.ask('rotateOrgKey', { org })
    const status = async () => {
      const [row] = await bed.cluster.sql<{ status: string; failed: number; old: number; gone: boolean }>(
        `SELECT r.status, r.failed, k.wrapped IS NULL AS gone,
           (SELECT count(*) FROM credentials c WHERE c.org_id = r.org_id AND c.key_version = r.from_version)::int
           + (SELECT count(*) FROM executions e WHERE e.org_id = r.org_id AND e.key_version = r.from_version
                AND e.sealed_input IS NOT NULL)::int AS old
         FROM key_rotations r JOIN organizations o ON o.id = r.org_id
         JOIN keyring.org_keys k ON k.org_id = r.org_id AND k.purpose = 'data' AND k.version = r.from_version
         WHERE o.external_id = $1`,
        [org],
      )
      return row
    }
    const giveUpAt = performance.now() + secondsMax * 1000
    let now = await status()
    let watching = true
    const watch = (async () => {
      while (now?.status === 'running' && performance.now() < giveUpAt) {
        await new Promise((wake) => setTimeout(wake, 1_000))
        now = await status()
      }
      watching = false
    })()
    const { outcomes, calls, renewals, perSecond } = await load(bed, crew, accounts, () => !watching)
    await watch
    await worker.kill()
    const { succeeded = 0, ...others } = outcomes
    return [
      finding(
        `an org's data key rotated under ${perSecond.toFixed(0)} executes/s of ${crew.length} processes`,
        {
          'decrypt errors':
            (outcomes['unavailable (vault_integrity)'] ?? 0) + countOf(outcomes, 'internal_error'),
          'old-key rows': now?.old ?? 1,
          'not resealed': now?.failed ?? 1,
        },
        {
          facts: {
            calls,
            'renewals asked for': renewals,
            rotation: now?.status ?? 'absent',
            'old key': now?.gone ? 'destroyed' : 'kept',
            ...(Object.keys(others).length > 0 && { others: inWords(others) }),
          },
          // Calls that found no free connection are refused for the load's sake, and are few.
          holds: now?.status === 'done' && now.gone && succeeded > calls * 0.99,
        },
      ),
    ]
  },
}
