// The processes of an instance, started and stopped together.
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { root } from './install.mjs'

type Env = Record<string, string | undefined>

/** Longest time a child gets to finish its work before it is killed. */
const graceSeconds = 15

export class Children {
  readonly #running = new Map<string, ChildProcess>()
  readonly #log: WriteStream | undefined
  #stopping = false
  #died: (reason: Error) => void = () => {}
  /** Rejects when a child ends that nobody asked to. */
  readonly died: Promise<never>

  /** @param logFile where the output of all children goes besides our own */
  constructor(logFile: string | undefined) {
    this.#log = logFile ? createWriteStream(logFile, { flags: 'a', mode: 0o600 }) : undefined
    this.died = new Promise<never>((_, reject) => {
      this.#died = reject
    })
    this.died.catch(() => {})
  }

  start(name: string, args: readonly string[], env: Env): void {
    const preload = `--import=${new URL('./follow-parent.mjs', import.meta.url)}`
    const child = spawn(process.execPath, [preload, ...args], {
      cwd: root,
      env: env as NodeJS.ProcessEnv,
      // A group of its own: Ctrl-C in the terminal reaches it through us, once, in our order.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from?.pipe(to, { end: false })
      if (this.#log) from?.pipe(this.#log, { end: false })
    }
    this.#running.set(name, child)
    child.on('error', (error) => this.#died(new Error(`the ${name} could not start: ${error.message}`)))
    child.on('exit', (code, signal) => {
      this.#running.delete(name)
      if (!this.#stopping)
        this.#died(new Error(`the ${name} ended by itself (${signal ?? `exit code ${code}`})`))
    })
  }

  /** Asks every child to finish, waits, and kills what has not. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#running.values()].map(stopOne))
    await new Promise<void>((done) => (this.#log ? this.#log.end(done) : done()))
  }
}

function stopOne(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    const killed = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000)
    child.once('exit', () => {
      clearTimeout(killed)
      done()
    })
    child.kill('SIGTERM')
  })
}

/** The absolute path of a program of the repository. */
export const program = (path: string): string => join(root, path)
