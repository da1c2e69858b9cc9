import { setTimeout as wait } from 'node:timers/promises'
import { finding, type Scenario } from '../scenario.ts'

const org = 'fault-v4'

/** An account revoked under full load: from the answer on, no call that starts reaches the provider. */
export const revokeV4: Scenario = {
  fault: 'V4',
  name: 'revoke',
  inShort: false,
  plants: 'nothing revoked',
  async run(bed) {
    const rounds = 5
    const [one, other, third] = await bed.crewOf(3)
    if (!one || !other || !third) throw new Error('no processes')
    const found = { reached: 0, allowed: 0, before: 0 }
    for (let round = 0; round < rounds; round++) {
      const [account] = await bed.accounts(org, 1)
      if (!account) throw new Error('no account')
      await bed.provider.reset()
      await bed.provider.faults({ rate_limit_per_minute: 1_000_000 })
      const load = (taskId: string, count: number, workers: number) =>
        [one, other].map((product) =>
          product.ask('each', {
            work: 'execute',
            accounts: Array.from({ length: count }, () => account.id),
            org,
            workers,
            tool: 'sandbox.get_task',
            params: { task_id: taskId },
          }),
        )
      const loaded = load('before', 80, 32)
      await wait(200 + Math.random() * 300)
      if (!bed.planted) await third.ask('revoke', { account: account.id, org })
      const after = await Promise.all(load(`after-${round}`, 32, 32))
      await Promise.all(loaded)
      const { last_requests, api } = await bed.provider.state()
      const late = last_requests.filter(({ path }) => path.includes(`after-${round}`)).length
      found.reached += late
      found.allowed += after.reduce((sum, { outcomes }) => sum + (outcomes.succeeded ?? 0), 0)
      found.before += Object.values(api).reduce((sum, count) => sum + count, 0) - late
    }
    return [
      finding(
        `an account revoked ${rounds} times under 64 concurrent calls of 2 processes, by a third`,
        {
          'calls started after the answer that reached the provider': found.reached,
          'let through': found.allowed,
        },
        { facts: { 'calls that reached it before': found.before }, holds: found.before > rounds },
      ),
    ]
  },
}
