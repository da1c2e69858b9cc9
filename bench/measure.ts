// One load on one program, and what it cost.
import type { ChildProcess } from 'node:child_process'
import { cpuMsOf, cpuMsOfTree } from '../scripts/processor.ts'
import type { Figures } from './figures.ts'
import type { Load, Measured } from './load.ts'

/** What is asked, whoever asks it how often. */
export type Asked = Omit<Load, 'connections' | 'seconds' | 'requests'>

/** The call that every program of the bench is measured with. */
export const callOf = (url: string, key: string, accountId: string): Asked => ({
  url,
  method: 'POST',
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    connected_account_id: accountId,
    tool_name: 'sandbox.get_task',
    params: { task_id: 'task-1' },
  }),
})

/** Has the load generator do it. */
export function drive(generator: ChildProcess, load: Load): Promise<Measured> {
  return new Promise((done, reject) => {
    const ended = () => reject(new Error('the load generator ended'))
    generator.once('exit', ended)
    generator.once('message', (answer: { measured: Measured } | { failed: string }) => {
      generator.off('exit', ended)
      if ('measured' in answer) done(answer.measured)
      else reject(new Error(answer.failed))
    })
    generator.send(load)
  })
}

/**
 * As `drive`, with the processor time of the program and of its database, per request that was answered.
 * @param pid the program's; `null` where its memory and time are not to be told
 * @param postmaster the process over the database's
 */
export async function measure(
  generator: ChildProcess,
  load: Load,
  pid: number | null,
  postmaster: number,
): Promise<Figures & { firstError?: string }> {
  const spent = () => [pid === null ? null : cpuMsOf(pid), cpuMsOfTree(postmaster)] as const
  const before = spent()
  const measured = await drive(generator, load)
  const after = spent()
  const perRequest = (at: 0 | 1): number | null =>
    before[at] === null || after[at] === null || measured.requests === 0
      ? null
      : (after[at] - before[at]) / measured.requests
  return { ...measured, cpuMs: { program: perRequest(0), database: perRequest(1) } }
}
