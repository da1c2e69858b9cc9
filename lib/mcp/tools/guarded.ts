import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { errorTable, toAppError } from '#lib/errors'
import { log } from '#lib/log'

/**
 * Answers a request, or says in the protocol's own words that it cannot: the SDK would tell a client the text of whatever
 * was thrown, and a driver's text is nobody's business.
 * @throws ProtocolError
 */
export async function guarded<T>(traceId: string, answer: () => Promise<T>): Promise<T> {
  try {
    return await answer()
  } catch (thrown) {
    if (thrown instanceof ProtocolError) throw thrown
    const error = toAppError(thrown)
    if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
    const code = error.status >= 500 ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidRequest
    const words = error.facts.detail ?? errorTable[error.code].title
    throw new ProtocolError(code, words, { code: error.code, trace_id: traceId })
  }
}
