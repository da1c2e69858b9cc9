import { setTimeout as wait } from 'node:timers/promises'
import type { Bed } from '../bed.ts'
import { atEase, callBooks, sweepAll, tasksAt, untruths, type Write, warm } from '../calls.ts'
import type { Account } from '../commands.ts'
import { finding, type Scenario } from '../scenario.ts'

const org = 'fault-27'
const tool = 'sandbox.create_task'
const callers = 12

/** One replica after another: each makes calls, one by one for a dozen callers, until it is killed in the midst of them. */
async function replicas(bed: Bed, slot: number, account: Account, kills: number): Promise<Write[]> {
  const writes: Write[] = []
  for (let kill = 0; kill < kills; kill++) {
    const victim = await bed.product(`killed-${slot}`)
    await warm(victim, account)
    let alive = true
    const work = Array.from({ length: callers }, async (_, caller) => {
      for (let at = 0; alive; at++) {
        const title = `${slot}-${kill}-${caller}-${at}`
        const calls = [{ account: account.id, tool, params: { title } }]
        const told = await victim.ask('calls', { calls, workers: 1 }).catch(() => null)
        writes.push({ title, told: told?.[0] ?? null })
      }
    })
    await wait(200 + Math.random() * 1_500)
    await victim.kill()
    alive = false
    await Promise.all(work)
  }
  return writes
}

/** Processes that make calls die at random: every call that was written down is closed and audited, each once. */
export const auditOfCalls27: Scenario = {
  fault: '27',
  name: 'audit-of-calls',
  inShort: true,
  plants: 'the sweep left out',
  async run(bed, short) {
    const kills = short ? 2 : 50
    const slots = 2
    const [clerk] = await bed.crewOf(1)
    const accounts = await bed.accounts(org, slots)
    if (!clerk) throw new Error('no process')
    await bed.provider.clear()
    await bed.provider.faults({ ...atEase, latency_ms: 20, latency_for: 'api' })
    const writes = (
      await Promise.all(accounts.map((account, slot) => replicas(bed, slot, account, kills / slots)))
    ).flat()
    await bed.provider.faults({ latency_ms: 0 })
    const open = await callBooks(bed, org)
    if (!bed.planted) await sweepAll(bed, clerk, org, [tool])
    const books = await callBooks(bed, org)
    const there = await tasksAt(bed)
    const unsaid = writes.filter(({ told }) => told === null)
    return [
      finding(
        `${kills} SIGKILLs at random moments, each over ${callers} callers of one of ${slots} processes`,
        { ...untruths(writes, there, books), 'still unknown': books.states.unknown ?? 0 },
        {
          facts: {
            calls: books.calls,
            acknowledged: writes.filter(({ told }) => told?.outcome === 'succeeded').length,
            'callers that heard nothing': unsaid.length,
            'of these made': unsaid.filter(({ title }) => there.has(title)).length,
            'found open': open.states.running ?? 0,
          },
          holds: unsaid.length > 0 && books.calls > 5 * kills,
        },
      ),
    ]
  },
}
