import { finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-24'

/**
 * A process dies while the provider has its writes: each is closed as `unknown` and audited so, found out where the
 * provider tells, and never made again.
 */
export const crashMidCall24: Scenario = {
  fault: '24',
  name: 'crash-mid-call',
  inShort: false,
  plants: 'the writes made again',
  async run(bed) {
    const count = 10
    const [clerk] = await bed.crewOf(1)
    const accounts = await bed.accounts(org, count)
    const victim = await bed.product('mid-call')
    await bed.provider.faults({ latency_ms: 2_000, latency_for: 'api' })
    const ids = accounts.map(({ id }) => id)
    const asks = { work: 'execute' as const, accounts: ids, org, workers: count }
    const calling = victim.ask('each', { ...asks, tool: 'sandbox.create_task', params: { title: 'Once' } })
    const lost = calling.catch(() => null)
    const writes = async () =>
      (await bed.provider.state()).last_requests.filter(
        ({ method, path }) => method === 'POST' && path === '/api/tasks',
      ).length
    await until('every write to be at the provider', async () => (await writes()) === count)
    await victim.kill()
    await lost
    // Two minutes go by: what is still running then is nobody's.
    await bed.cluster.tamper(
      `UPDATE executions e SET created_at = e.created_at - interval '5 minutes' FROM organizations o
       WHERE o.id = e.org_id AND o.external_id = $1`,
      [org],
    )
    const again = await bed.product('mid-call')
    await clerk?.ask('sweep', {})
    const rows = await bed.cluster.sql<{ status: string; audited: string }>(
      `SELECT e.status, (SELECT string_agg(a.outcome, ',') FROM audit_events a WHERE a.org_id = e.org_id
         AND a.action = 'tool.executed' AND replace(a.details->>'execution_id', 'ex_', '') = replace(e.id::text, '-', '')) AS audited
       FROM executions e JOIN organizations o ON o.id = e.org_id WHERE o.external_id = $1`,
      [org],
    )
    if (bed.planted)
      await clerk?.ask('each', { ...asks, tool: 'sandbox.create_task', params: { title: 'Once' } })
    const made = await writes()
    await again.kill()
    return [
      finding(
        `a process killed while the provider had ${count} of its writes, then started again`,
        {
          'still unknown after the provider was asked': rows.filter(({ status }) => status === 'unknown')
            .length,
          'not audited as unknown, once': rows.filter(({ audited }) => audited !== 'unknown').length,
          'second writes': made - count,
        },
        { facts: { 'writes at the provider': made }, holds: rows.length === count },
      ),
    ]
  },
}
