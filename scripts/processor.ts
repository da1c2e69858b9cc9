// Processor time, which a machine that does other work can still tell when its requests per second mean nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'

/** Linux counts in ticks of 10 ms everywhere that Node runs. */
const tickMs = 10

type Stat = { parent: number; ownMs: number; ofEndedChildrenMs: number }

/** @see proc_pid_stat(5) */
function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name comes second and may hold anything, parentheses too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * tickMs
    return { parent: Number(fields[1]), ownMs: ticks(11), ofEndedChildrenMs: ticks(13) }
  } catch {
    return null
  }
}

/** Milliseconds of processor time that a process has used so far; `null` where the system does not tell. */
export const cpuMsOf = (pid: number): number | null => statOf(pid)?.ownMs ?? null

/** The same of a process with its children, those that have ended included. */
export function cpuMsOfTree(pid: number): number | null {
  const root = statOf(pid)
  if (!root) return null
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const children = pids.flatMap((name) => statOf(Number(name)) ?? []).filter(({ parent }) => parent === pid)
  return children.reduce((sum, { ownMs }) => sum + ownMs, root.ownMs + root.ofEndedChildrenMs)
}

/** The process that every backend of a cluster is a child of. */
export async function postmasterOf(adminUrl: string): Promise<number> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
  await client.end()
  return Number(readFileSync(join(rows[0]?.data_directory ?? '', 'postmaster.pid'), 'utf8').split('\n')[0])
}
