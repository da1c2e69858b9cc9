import { setTimeout as wait } from 'node:timers/promises'
import { atEase, tasksAt } from '../calls.ts'
import { countOf, finding, inWords, type Scenario } from '../scenario.ts'

const org = 'fault-18'

/** Writes go on in two processes while Postgres crashes and comes back: what was acknowledged has happened, once. */
export const databaseRestart18: Scenario = {
  fault: '18',
  name: 'database-restart',
  inShort: false,
  plants: 'the record of one acknowledged write deleted',
  async run(bed) {
    const seconds = 12
    const crew = await bed.crewOf(2)
    const accounts = await bed.accounts(org, crew.length)
    await bed.provider.faults(atEase)
    const prefix = `restart-${Date.now()}`
    const writing = crew.map((product, index) =>
      product.ask('writeFor', {
        account: accounts[index]?.id ?? '',
        workers: 8,
        seconds,
        prefix: `${prefix}-${index}`,
      }),
    )
    await wait(3_000)
    await bed.cluster.crash()
    await wait(2_000)
    await bed.cluster.start()
    const answers = await Promise.all(writing)
    const acknowledged = answers.flatMap((answer) => answer.acknowledged)
    const outcomes: Record<string, number> = {}
    for (const answer of answers)
      for (const [outcome, count] of Object.entries(answer.outcomes))
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count
    if (bed.planted)
      await bed.cluster.tamper(
        `DELETE FROM executions WHERE id = (SELECT e.id FROM executions e JOIN organizations o ON o.id = e.org_id
           WHERE o.external_id = $1 AND e.status = 'succeeded' LIMIT 1)`,
        [org],
      )
    const there = await tasksAt(bed)
    const [books] = await bed.cluster.sql<{ succeeded: number; unaudited: number }>(
      `SELECT count(*)::int AS succeeded, count(*) FILTER (WHERE NOT EXISTS (SELECT FROM audit_events a
         WHERE a.org_id = e.org_id AND a.action = 'tool.executed'
           AND replace(a.details->>'execution_id', 'ex_', '') = replace(e.id::text, '-', '')))::int AS unaudited
       FROM executions e JOIN organizations o ON o.id = e.org_id
       WHERE o.external_id = $1 AND e.status = 'succeeded'`,
      [org],
    )
    const { succeeded = 0, ...refused } = outcomes
    const unavailable = countOf(refused, 'unavailable')
    const others = Object.values(refused).reduce((sum, count) => sum + count, 0) - unavailable
    const slowestMs = Math.max(...answers.map((answer) => answer.slowestMs))
    return [
      finding(
        `Postgres crashed for 2 s under writes of ${crew.length} processes × 8 workers`,
        {
          'acknowledged writes lost': acknowledged.filter((title) => !there.has(title)).length,
          'made twice': [...there].filter(([title, count]) => title.startsWith(prefix) && count > 1).length,
          'acknowledged and not recorded': Math.max(0, acknowledged.length - (books?.succeeded ?? 0)),
          'recorded and not audited': books?.unaudited ?? 1,
          'refused otherwise': others,
        },
        {
          facts: {
            acknowledged: succeeded,
            unavailable,
            ...(others > 0 && { 'other refusals': inWords(refused) }),
            slowest: `${(slowestMs / 1000).toFixed(1)} s`,
          },
          holds: unavailable > 0 && succeeded > 100 && slowestMs < 30_000,
        },
      ),
    ]
  },
}
