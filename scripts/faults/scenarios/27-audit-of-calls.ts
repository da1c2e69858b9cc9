import { finding, type Scenario } from '../scenario.ts'

const org = 'fault-27'

/** Processes that make calls die at random: every call that was written down is closed and audited, each once. */
export const auditOfCalls27: Scenario = {
  fault: '27',
  name: 'audit-of-calls',
  inShort: true,
  plants: 'the sweep left out',
  async run(bed, short) {
    const kills = short ? 2 : 20
    const [clerk] = await bed.crewOf(1)
    const accounts = await bed.accounts(org, 20)
    const [{ id: account } = { id: '' }] = accounts
    const acknowledged: string[] = []
    for (let kill = 0; kill < kills; kill++) {
      const victim = await bed.product(`killed-${kill}`)
      const seconds = 1 + Math.random() * 2
      const writing = accounts.map(({ id }, n) =>
        victim
          .ask('writeFor', { account: id, workers: 1, seconds: 60, prefix: `${kill}-${n}` })
          .catch(() => null),
      )
      await new Promise((wake) => setTimeout(wake, seconds * 1_000))
      await victim.kill()
      await Promise.all(writing)
    }
    const survivor = await bed.product('survivor')
    const wrote = await survivor.ask('writeFor', { account, workers: 16, seconds: 1, prefix: 'last' })
    acknowledged.push(...wrote.acknowledged)
    await bed.cluster.tamper(
      `UPDATE executions e SET created_at = e.created_at - interval '5 minutes' FROM organizations o
       WHERE o.id = e.org_id AND o.external_id = $1 AND e.status = 'running'`,
      [org],
    )
    if (!bed.planted) await clerk?.ask('sweep', {})
    const [rows] = await bed.cluster.sql<{ calls: number; open: number; audited: number; wrong: number }>(
      `SELECT count(*)::int AS calls, count(*) FILTER (WHERE status = 'running')::int AS open,
         sum(events)::int AS audited, count(*) FILTER (WHERE events <> 1)::int AS wrong
       FROM (SELECT e.status, (SELECT count(*) FROM audit_events a WHERE a.org_id = e.org_id
           AND a.action = 'tool.executed' AND a.details ->> 'execution_id' = 'ex_' || replace(e.id::text, '-', '')) AS events
         FROM executions e JOIN organizations o ON o.id = e.org_id WHERE o.external_id = $1) found`,
      [org],
    )
    const { calls = 0, open = 0, audited = 0, wrong = 0 } = rows ?? {}
    await survivor.kill()
    return [
      finding(
        `${kills} processes killed while they made calls`,
        { 'calls − audit rows': calls - audited, 'calls not audited once': wrong, 'left open': open },
        { facts: { calls }, holds: calls > 0 && acknowledged.length > 0 },
      ),
    ]
  },
}
