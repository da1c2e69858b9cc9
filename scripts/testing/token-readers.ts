// For `.db.test.ts` files: processes that read access tokens as replicas of the product do.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** `ready`, `good`, or the error in the challenge. */
export type ReaderAnswer = { outcome: string }

const script = fileURLToPath(new URL('./token-process.ts', import.meta.url))

async function nextAnswer(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`a reader ended: ${code}`)))
  const [message] = await Promise.race([once(child, 'message'), ended])
  return (message as ReaderAnswer).outcome
}

/** Starts processes over this file's database; they are ready when this resolves. */
export const startReaders = (count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const child = fork(script, [], { execArgv: ['--conditions=react-server'] })
      child.setMaxListeners(0)
      if ((await nextAnswer(child)) !== 'ready') throw new Error('a reader spoke before it was ready')
      return {
        read: (headers: Record<string, string>) => {
          child.send({ headers })
          return nextAnswer(child)
        },
        stop: () => {
          child.removeAllListeners('exit')
          child.disconnect()
        },
      }
    }),
  )
