// For `.db.test.ts` files: processes that call tools as replicas of the product do.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** `ready`, how an execution ended, or the code of the AppError that it was refused with. */
export type CallerAnswer = { outcome: string }

const script = fileURLToPath(new URL('./caller-process.ts', import.meta.url))

/** The next thing that a process says. @throws Error when it ends without saying anything */
function nextAnswer(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: CallerAnswer) => {
      child.off('exit', onExit)
      resolve(message.outcome)
    }
    const onExit = (code: number | null, signal: string | null) => {
      child.off('message', onMessage)
      reject(new Error(`a caller ended: ${signal ?? code}`))
    }
    child.once('message', onMessage)
    child.once('exit', onExit)
  })
}

export type CallerProcess = {
  /** @param input as of `POST /api/v1/executions` */
  execute: (input: Record<string, unknown>) => Promise<string>
  /** Ends it at once, in the middle of whatever it does. */
  kill: () => void
  stop: () => Promise<unknown>
}

/** Starts processes over this file's database and practice provider; they are ready when this resolves. */
export function startCallers(count: number): Promise<CallerProcess[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const child = fork(script, [], { execArgv: ['--conditions=react-server'] })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      const execute = (input: Record<string, unknown>) => {
        child.send(input)
        return nextAnswer(child)
      }
      const stop = () => {
        if (child.connected) child.disconnect()
        return ended
      }
      if ((await nextAnswer(child)) !== 'ready') throw new Error('a caller spoke before it was ready')
      return { execute, kill: () => void child.kill('SIGKILL'), stop }
    }),
  )
}
