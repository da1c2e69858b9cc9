import { anchored } from './anchor.ts'
import { createLog, levelFrom } from './logger.ts'

export { anchored } from './anchor.ts'
export { metrics, renderMetrics } from './metrics.ts'
export {
  annotateTrace,
  currentTrace,
  parseTraceparent,
  withTrace,
} from './trace.ts'

/** JSON lines on standard output; every line passes the redaction and carries the trace it was written in. */
export const log = anchored('log', () => createLog(levelFrom(process.env)))
