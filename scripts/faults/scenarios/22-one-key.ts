import { finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-22'

/**
 * One write under one key of its caller's, asked for thousands of times in two processes at once; one of them dies in
 * the middle, first the one that makes the call, then the one that does not.
 */
export const oneKey22: Scenario = {
  fault: '22',
  name: 'one-key',
  inShort: true,
  plants: 'the repetitions made under another key',
  async run(bed, short) {
    const count = short ? 200 : 10_000
    const findings = []
    for (const dies of ['first', 'second'] as const) {
      const [clerk] = await bed.crewOf(1)
      const [account] = await bed.accounts(`${org}-${dies}`, 1)
      if (!clerk || !account) throw new Error('no account to call')
      const writes = async () =>
        (await bed.provider.state()).last_requests.filter(
          ({ method, path }) => method === 'POST' && path === '/api/tasks',
        ).length
      const before = await writes()
      const [first, second] = [await bed.product(`${dies}-a`), await bed.product(`${dies}-b`)]
      await bed.provider.faults({ latency_ms: 1_500, latency_for: 'api' })
      const asks = { account: account.id, key: `key-${dies}`, count: count / 2, workers: 50 }
      const repeating = [first.ask('repeat', asks).catch(() => ({}))]
      await until('the write to be at the provider', async () => (await writes()) > before)
      const key = bed.planted ? 'another' : asks.key
      repeating.push(second.ask('repeat', { ...asks, key }).catch(() => ({})))
      const [victim, survivor] = dies === 'first' ? [first, second] : [second, first]
      await victim.kill()
      const [one = {}, other = {}] = await Promise.all(repeating)
      await bed.provider.faults({ latency_ms: 0, latency_for: 'api' })
      // Minutes go by: what is still running then is nobody's.
      for (const table of ['executions', 'idempotency_keys'])
        await bed.cluster.tamper(
          `UPDATE ${table} e SET created_at = e.created_at - interval '5 minutes' FROM organizations o
           WHERE o.id = e.org_id AND o.external_id = $1 AND e.status = 'running'`,
          [account.org],
        )
      const unswept = await survivor.ask('repeat', { ...asks, count: 10 })
      await clerk.ask('sweep', {})
      const swept = await survivor.ask('repeat', { ...asks, count: 10 })
      const told = [one, other, unswept, swept].flatMap((outcomes) => Object.keys(outcomes))
      const known = told.filter((answer) => answer !== 'idempotency_in_progress')
      const of = (word: string) => new Set(known.filter((answer) => answer.startsWith(word))).size
      const ids = new Set(known.map((answer) => answer.split(' ')[1]))
      await survivor.kill()
      findings.push(
        finding(
          `${count} equal calls under one key over 2 processes, ${dies === 'first' ? 'the one that makes it' : 'the other one'} killed`,
          {
            'effects beyond one': (await writes()) - before - 1,
            'divergent answers': ids.size - 1 + Math.max(0, of('succeeded') - 1),
            'answers of another kind':
              known.length - known.filter((a) => /^(succeeded|unknown|failed) ex_/.test(a)).length,
          },
          { facts: { answers: [...new Set(known.map((answer) => answer.split(' ')[0]))].join(', then ') } },
        ),
      )
    }
    return findings
  },
}
