// The product's processes as the harness holds them: told what to do, killed in the middle of it, started again.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answered, Commands, Name } from './commands.ts'

const script = fileURLToPath(new URL('./product-process.ts', import.meta.url))
const clock = new URL('./shift-clock.mjs', import.meta.url).href

/** Why a command has no answer: its process ended. */
export class ProcessEnded extends Error {}

export type Product = Awaited<ReturnType<typeof startProduct>>

type Waiting = { resolve: (answer: never) => void; reject: (error: Error) => void }

/**
 * Starts one; ready when this resolves.
 * @param name also names its disk: one that is started again under the same name finds what it left
 */
export async function startProduct(options: {
  name: string
  folder: string
  env: Record<string, string>
  /** How far this process's clock is off, in seconds. */
  clockSeconds?: number
}) {
  const { name, folder, clockSeconds = 0 } = options
  const dataDir = join(folder, 'disks', name)
  mkdirSync(dataDir, { recursive: true })
  const logFile = join(folder, `${name}.log`)
  const log = openSync(logFile, 'a', 0o600)
  const child: ChildProcess = fork(script, [], {
    execArgv: ['--conditions=react-server', ...(clockSeconds ? [`--import=${clock}`] : [])],
    env: {
      ...process.env,
      ...options.env,
      NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
      BEHALF_DATA_DIR: dataDir,
      FAULTS_CLOCK_SECONDS: String(clockSeconds),
    },
    stdio: ['ignore', log, log, 'ipc'],
  })
  const waiting = new Map<number, Waiting>()
  let asked = 0
  child.on('message', (message: Answered) => {
    const found = waiting.get(message.id)
    waiting.delete(message.id)
    if ('answer' in message) found?.resolve(message.answer as never)
    else found?.reject(new Error(`${name}: ${message.error}`))
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      const error = new ProcessEnded(`${name} ended: ${signal ?? code}`)
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
      resolve()
    })
  })
  const hear = (id: number) =>
    new Promise<never>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
    })
  await hear(0).catch((error: Error) => {
    const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n')
    throw new Error(`${error.message} before it was ready:\n${said}`)
  })

  return {
    name,
    dataDir,
    logFile,
    pid: child.pid ?? 0,
    ended,

    /** @throws ProcessEnded when it is gone before it answers */
    ask<K extends Name>(name: K, asks: Commands[K]['asks']): Promise<Commands[K]['answers']> {
      const id = ++asked
      const answered = hear(id)
      if (child.connected) child.send({ id, name, asks }, () => {})
      else waiting.get(id)?.reject(new ProcessEnded(`${name}: the process is gone`))
      return answered
    },

    /** Stops and continues it, as a machine that is starved or suspended does. */
    signal: (signal: 'SIGSTOP' | 'SIGCONT') => void child.kill(signal),

    /** Ends it at once, in the middle of whatever it does. */
    kill(): Promise<void> {
      child.kill('SIGKILL')
      return ended
    },
  }
}
