import type { Bed } from '../bed.ts'
import { finding, quantile, type Scenario, until } from '../scenario.ts'

const org = 'fault-26'
const attemptsMax = 3

type Left = { key: string; attempts: number }

const leftOf = (bed: Bed, prefix: string) =>
  bed.cluster.sql<Left>(`SELECT key, attempts FROM graphile_worker.jobs WHERE key LIKE $1`, [`${prefix}/%`])

const add = (bed: Bed, name: string, payload: object, prefix: string, count: number) =>
  bed.cluster.sql(
    `SELECT graphile_worker.add_job($1::text, $2::json, job_key => $3::text || '/' || n, max_attempts => $4::int)
     FROM generate_series(1, $5::int) n`,
    [name, JSON.stringify(payload), prefix, attemptsMax, count],
  )

/** How long each of so many jobs took from its queueing until it was done, in milliseconds. */
async function lags(bed: Bed, orgId: string, prefix: string, count: number): Promise<number[]> {
  const started = performance.now()
  await add(bed, 'give_back_answers', { org_id: orgId }, prefix, count)
  const done: number[] = []
  await until('the good jobs to be done', async () => {
    const gone = count - (await leftOf(bed, prefix)).length - done.length
    for (let one = 0; one < gone; one++) done.push(performance.now() - started)
    return done.length === count
  })
  return done
}

/** Jobs that fail whenever they are tried: they end beside the queue, and the others do not wait for them. */
export const poisonJob26: Scenario = {
  fault: '26',
  name: 'poison-job',
  inShort: false,
  plants: 'the jobs that cannot be done deleted',
  async run(bed) {
    const [poisoned, good] = [200, 100]
    await bed.accounts(org, 1)
    const [{ id } = { id: '' }] = await bed.cluster.sql<{ id: string }>(
      'SELECT id FROM organizations WHERE external_id = $1',
      [org],
    )
    const worker = await bed.product('worker')
    await worker.ask('work', {})
    await lags(bed, id, 'first', 10)
    const alone = await lags(bed, id, 'alone', good)
    await add(bed, 'send_mail', { org_id: id, mail_id: 'poison' }, 'poison', poisoned)
    const beside: number[] = []
    for (let round = 0; round < 5; round++) beside.push(...(await lags(bed, id, `beside-${round}`, good / 5)))
    await until(
      'the poison to be given up',
      async () => (await leftOf(bed, 'poison')).every(({ attempts }) => attempts >= attemptsMax),
      120,
    )
    if (bed.planted) await bed.cluster.sql(`SELECT graphile_worker.remove_job('poison/1')`)
    const left = await leftOf(bed, 'poison')
    const later = await lags(bed, id, 'later', good)
    await worker.kill()
    const p99 = (all: readonly number[]) => Math.round(quantile(all, 0.99))
    return [
      finding(
        `${poisoned} jobs that fail at every try, ${good} good ones queued among them and ${good} after`,
        {
          'good jobs not done': 3 * good - alone.length - beside.length - later.length,
          'poison jobs that are in no table': poisoned - left.length,
          'tried more often than allowed': left.filter(({ attempts }) => attempts > attemptsMax).length,
        },
        {
          facts: {
            'p99 alone': `${p99(alone)} ms`,
            'p99 beside': `${p99(beside)} ms`,
            'p99 after': `${p99(later)} ms`,
          },
          holds: p99(beside) < 3 * p99(alone) + 2_000 && p99(later) < 2 * p99(alone) + 2_000,
        },
      ),
    ]
  },
}
