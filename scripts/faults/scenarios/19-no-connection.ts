import type { Bed } from '../bed.ts'
import { atEase, callBooks, sweepAll, tasksAt, untruths, type Write, warm } from '../calls.ts'
import type { Account } from '../commands.ts'
import type { Product } from '../product.ts'
import { countOf, type Finding, finding, inMs, quantile, type Scenario, type Zeros } from '../scenario.ts'

const tool = 'sandbox.create_task'

const add = (all: readonly Zeros[]): Zeros =>
  all.reduce(
    (sum, zeros) =>
      Object.fromEntries(Object.entries(zeros).map(([name, zero]) => [name, zero + (sum[name] ?? 0)])),
    {},
  )

async function write(
  product: Product,
  account: Account,
  prefix: string,
  count: number,
  workers: number,
): Promise<Write[]> {
  const titles = Array.from({ length: count }, (_, at) => `${prefix}-${at}`)
  const calls = titles.map((title) => ({ account: account.id, tool, params: { title } }))
  return (await product.ask('calls', { calls, workers })).map((told, at) => ({
    title: titles[at] ?? '',
    told,
  }))
}

const outcomesOf = (writes: readonly Write[]) => {
  const outcomes: Record<string, number> = {}
  for (const { told } of writes)
    outcomes[told?.outcome ?? 'nothing'] = (outcomes[told?.outcome ?? 'nothing'] ?? 0) + 1
  return outcomes
}

/** Every connection of a process waits for a lock that nobody gives back: whoever calls is told so in a bounded time. */
async function exhausted(bed: Bed): Promise<Finding> {
  const [clerk] = await bed.crewOf(1)
  const product = await bed.product('exhausted')
  const orgs = Array.from({ length: 16 }, (_, at) => `fault-19-${at}`)
  const accounts: Account[] = []
  for (const org of orgs) accounts.push(...(await bed.accounts(org, 1)))
  for (const account of accounts) await warm(product, account)
  await bed.provider.clear()
  await bed.provider.faults(atEase)
  const release = bed.planted
    ? null
    : await bed.cluster.hold('LOCK TABLE executions IN ACCESS EXCLUSIVE MODE')
  const started = performance.now()
  const writing = accounts.map((account) => write(product, account, `${account.org} held`, 20, 10))
  await new Promise((wake) => setTimeout(wake, 1_000))
  const ready = await product.ask('readiness', {})
  const held = (await Promise.all(writing)).flat()
  const seconds = (performance.now() - started) / 1000
  const upstream = (await bed.provider.state()).api['POST /api/tasks'] ?? 0
  await release?.()
  const after: Write[] = []
  for (const account of accounts) after.push(...(await write(product, account, `${account.org} after`, 5, 1)))
  const zeros: Zeros[] = []
  const there = await tasksAt(bed)
  for (const org of orgs) {
    if (clerk) await sweepAll(bed, clerk, org, [tool])
    const mine = [...held, ...after].filter(({ title }) => title.startsWith(`${org} `))
    zeros.push(untruths(mine, there, await callBooks(bed, org)))
  }
  await product.kill()
  const slowest = Math.max(...held.map(({ told }) => told?.ms ?? 0)) / 1000
  return finding(
    `every connection of a process held by a lock under ${held.length} calls of ${orgs.length} orgs`,
    {
      upstream,
      'not told unavailable': held.length - countOf(outcomesOf(held), 'unavailable'),
      'refused once it is over': after.length - countOf(outcomesOf(after), 'succeeded'),
      ...add(zeros),
    },
    {
      facts: {
        'the slowest was told after': `${slowest.toFixed(1)} s`,
        'all of them after': `${seconds.toFixed(1)} s`,
        'readiness answered after': inMs(ready.ms / 1000),
      },
      // Five seconds for a connection and twenty for an answer, of each of the reads and writes of a call.
      holds: slowest <= 30 && ready.ms < 11_000,
    },
  )
}

const refuse = `
  CREATE OR REPLACE FUNCTION faults_refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN
    IF random() < 0.15 THEN RAISE EXCEPTION 'faults' USING ERRCODE = '40001'; END IF;
    IF random() < 0.15 THEN RAISE EXCEPTION 'faults' USING ERRCODE = '40P01'; END IF;
    RETURN NULL;
  END $$;
  CREATE OR REPLACE TRIGGER faults_refuse BEFORE INSERT OR UPDATE ON executions EXECUTE FUNCTION faults_refuse();
  CREATE OR REPLACE TRIGGER faults_refuse BEFORE UPDATE ON audit_heads EXECUTE FUNCTION faults_refuse()`

/** Postgres refuses transactions as it does under contention: each is run again as a whole, a few times. */
async function contended(bed: Bed): Promise<Finding> {
  const [product] = await bed.crewOf(1)
  const org = 'fault-20'
  const [account] = await bed.accounts(org, 1)
  if (!product || !account) throw new Error('no account')
  await bed.provider.clear()
  await bed.provider.faults(atEase)
  await bed.cluster.sql(refuse)
  const started = performance.now()
  const writes = await write(product, account, org, 1_000, 16).finally(() =>
    bed.cluster.sql('DROP TRIGGER faults_refuse ON executions; DROP TRIGGER faults_refuse ON audit_heads'),
  )
  const seconds = (performance.now() - started) / 1000
  await sweepAll(bed, product, org, [tool])
  if (bed.planted) await write(product, account, org, 1, 1)
  const outcomes = outcomesOf(writes)
  const unavailable = countOf(outcomes, 'unavailable')
  return {
    fault: '20',
    ...finding(
      `${writes.length} calls while Postgres refuses three of ten writes as a serialization failure or a deadlock`,
      {
        ...untruths(writes, await tasksAt(bed), await callBooks(bed, org)),
        'told otherwise than unavailable': writes.length - unavailable - countOf(outcomes, 'succeeded'),
      },
      {
        facts: {
          acknowledged: countOf(outcomes, 'succeeded'),
          unavailable,
          'calls/s': Math.round(writes.length / seconds),
          p99: inMs(
            quantile(
              writes.map(({ told }) => (told?.ms ?? 0) / 1000),
              0.99,
            ),
          ),
        },
        holds: countOf(outcomes, 'succeeded') > writes.length / 2,
      },
    ),
  }
}

export const noConnection19: Scenario = {
  fault: '19',
  name: 'no-connection',
  inShort: false,
  plants: 'nothing held, a write made again',
  run: async (bed) => [await exhausted(bed), await contended(bed)],
}
