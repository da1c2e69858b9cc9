// A process of its own in which many callers read through one account, each in a closed loop, until its parent says
// stop. Every call carries the time at which it was started, so that the provider's record tells which ones came.

import { executeInput } from '#lib/broker/schema'
import { disconnect } from '#lib/db'
import { AppError } from '#lib/errors'
import { broker, key } from '#runtime'

export type StormOrder = { accountId: string; callers: number } | 'stop'
/** A call that ended: when it was started, and `succeeded` or the code of its refusal. */
export type StormNews = { startedAt: number; outcome: string } | 'ready' | 'stopped'

const origin = { ip: null, userAgent: null, traceId: 'd'.repeat(32) }
const tell = (news: StormNews) => process.send?.(news)
const caller = await key('manage')(new Headers({ authorization: `Bearer ${process.env.BEHALF_ROOT_KEY}` }))
let stopped = false

async function call(accountId: string): Promise<void> {
  const startedAt = Date.now()
  const input = { tool_name: 'sandbox.get_task', params: { task_id: `started_${startedAt}` } }
  try {
    const parsed = executeInput.parse({ connected_account_id: accountId, ...input })
    const { status } = await broker.execute(caller, parsed, origin, AbortSignal.timeout(60_000))
    tell({ startedAt, outcome: status })
  } catch (error) {
    tell({ startedAt, outcome: error instanceof AppError ? error.code : String(error) })
  }
}

process.on('message', async (order: StormOrder) => {
  if (order === 'stop') {
    stopped = true
    return
  }
  const loop = async () => {
    while (!stopped) await call(order.accountId)
  }
  await Promise.all(Array.from({ length: order.callers }, loop))
  tell('stopped')
})
process.on('disconnect', () => disconnect().finally(() => process.exit()))
tell('ready')
