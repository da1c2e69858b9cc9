// The processes of a run: started one by one, measured by their process id, ended by it.
import { type ChildProcess, execFileSync, fork, type StdioOptions, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { program } from '../scripts/children.ts'

const readySeconds = 60
const stopSeconds = 30

/** A child that goes away with us, even when we are killed. */
const preload = `--import=${new URL('../scripts/follow-parent.mjs', import.meta.url)}`

export class Programs {
  readonly #folder: string
  readonly #running: ChildProcess[] = []

  /** @param folder where the programs' output goes */
  constructor(folder: string) {
    this.#folder = folder
  }

  #stdio(name: string): { logFile: string; stdio: StdioOptions } {
    const logFile = join(this.#folder, `${name}.log`)
    const log = openSync(logFile, 'a', 0o600)
    return { logFile, stdio: ['pipe', log, log, 'ipc'] }
  }

  /** Starts a program of the bench that says `ready`. */
  async fork(name: string, args: readonly string[] = []): Promise<ChildProcess> {
    const { logFile, stdio } = this.#stdio(name)
    const child = fork(program(`bench/${name}.ts`), args, { execArgv: [preload], stdio })
    this.#running.push(child)
    const ready = new Promise<true>((done) => child.once('message', () => done(true)))
    await this.#orEnded(name, child, logFile, ready)
    return child
  }

  /** Starts any Node program; ready when `isReady` says so. */
  async spawn<T>(
    name: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    isReady: () => Promise<T | undefined>,
  ): Promise<{ pid: number; ready: T }> {
    const { logFile, stdio } = this.#stdio(name)
    const child = spawn(process.execPath, [preload, ...args], { env, stdio })
    this.#running.push(child)
    const polled = (async () => {
      for (;;) {
        const ready = await isReady().catch(() => undefined)
        if (ready !== undefined || hasEnded(child)) return ready
        await wait(50)
      }
    })()
    const ready = await this.#orEnded(name, child, logFile, polled)
    return { pid: child.pid ?? 0, ready }
  }

  async #orEnded<T>(
    name: string,
    child: ChildProcess,
    logFile: string,
    ready: Promise<T | undefined>,
  ): Promise<T> {
    const giveUp = AbortSignal.timeout(readySeconds * 1000)
    const failed = new Promise<undefined>((done) => {
      child.once('exit', () => done(undefined))
      child.once('error', () => done(undefined))
      giveUp.addEventListener('abort', () => done(undefined))
    })
    const answer = await Promise.race([ready, failed])
    if (answer !== undefined) return answer
    const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n')
    throw new Error(
      `${name} did not become ready${giveUp.aborted ? ` within ${readySeconds} s` : ''}:\n${said}`,
    )
  }

  /** Ends all of them, the last started first, and waits. */
  async stop(): Promise<void> {
    for (const child of this.#running.splice(0).reverse()) {
      if (hasEnded(child)) continue
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      const killed = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000)
      await ended
      clearTimeout(killed)
    }
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

type Process = { pid: number; parent: number; rssMb: number; command: string }

/** Every process that `ps` tells of; none where there is no `ps`. */
function processes(): Process[] {
  try {
    const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8' })
    return text.split('\n').flatMap((line) => {
      const [, pid, parent, rssKb, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      return pid === undefined
        ? []
        : [{ pid: Number(pid), parent: Number(parent), rssMb: Number(rssKb) / 1024, command }]
    })
  } catch {
    return []
  }
}

/** Resident memory of one process, in MB; `null` where that cannot be known. */
export const rssMbOf = (pid: number): number | null =>
  processes().find((process) => process.pid === pid)?.rssMb ?? null

/** The child of `parent` whose command line names `script`. */
export const childOf = (parent: number, script: string): number | undefined =>
  processes().find((process) => process.parent === parent && process.command.includes(script))?.pid
