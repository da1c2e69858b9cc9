// A process of its own that calls a tool whenever its parent says so: what one replica of many does. Started by
// `startCallers`; it shares nothing with its parent but the database and the provider.

import { executeInput } from '#lib/broker/schema'
import { disconnect } from '#lib/db'
import { AppError } from '#lib/errors'
import { broker, key } from '#runtime'
import type { CallerAnswer } from './callers.ts'

const origin = { ip: null, userAgent: null, traceId: 'c'.repeat(32) }

const answer = (message: CallerAnswer) => process.send?.(message)

const caller = await key('manage')(new Headers({ authorization: `Bearer ${process.env.BEHALF_ROOT_KEY}` }))

process.on('message', async (call: Record<string, unknown>) => {
  try {
    const { status } = await broker.execute(
      caller,
      executeInput.parse(call),
      origin,
      AbortSignal.timeout(60_000),
    )
    answer({ outcome: status })
  } catch (error) {
    answer({ outcome: error instanceof AppError ? error.code : String(error) })
  }
})
process.on('disconnect', () => disconnect().finally(() => process.exit()))
answer({ outcome: 'ready' })
