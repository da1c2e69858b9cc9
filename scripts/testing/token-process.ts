// A process of its own that says of requests whether their access tokens are good: what one replica of many does. Started
// by `startReaders`; it shares nothing with its parent but the database.
import { config } from '#lib/config'
import { disconnect } from '#lib/db'
import { AppError } from '#lib/errors'
import { authenticateAccessToken } from '#lib/identity'
import type { ReaderAnswer } from './token-readers.ts'

const answer = (message: ReaderAnswer) => process.send?.(message)

process.on('message', async ({ headers }: { headers: Record<string, string> }) => {
  const resource = `${config().publicUrl}/api/v1`
  try {
    await authenticateAccessToken({
      headers: new Headers(headers),
      method: 'GET',
      url: `${resource}/tools`,
      resource,
      scopes: ['tools:read'],
    })
    answer({ outcome: 'good' })
  } catch (error) {
    const challenge = error instanceof AppError ? error.headers['www-authenticate'] : undefined
    answer({ outcome: /error="(\w+)"/.exec(challenge ?? '')?.[1] ?? String(error) })
  }
})
process.on('disconnect', () => disconnect().finally(() => process.exit()))
answer({ outcome: 'ready' })
