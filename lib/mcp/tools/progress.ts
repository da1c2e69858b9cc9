import type { ServerContext } from '@modelcontextprotocol/server'

const everyMs = 5_000

/**
 * Tells a client that asked for it that a call is under way, in seconds so far: many give up on what is silent.
 * @returns how to stop
 */
export function tellProgress(context: ServerContext, message: string): () => void {
  const progressToken = context.mcpReq._meta?.progressToken
  if (progressToken === undefined) return () => {}
  const begunAt = performance.now()
  let told = -1
  const tell = () => {
    const progress = Math.max(told + 1, Math.round((performance.now() - begunAt) / 1000))
    told = progress
    const params = { progressToken, progress, message }
    // Who does not listen any more need not be told.
    void context.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {})
  }
  tell()
  const timer = setInterval(tell, everyMs)
  return () => clearInterval(timer)
}
