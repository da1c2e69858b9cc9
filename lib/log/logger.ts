import { type Level, type Logger, pino } from 'pino'
import { toStandardOutput } from './destination.ts'
import { redactLine } from './redact.ts'
import { currentTrace } from './trace.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = Level | 'silent'

/**
 * The level that the environment asks for: `LOG_LEVEL`, else `info`, but silence under Vitest.
 * @throws Error naming the variable when it is none of pino's levels
 */
export function levelFrom(env: Readonly<Record<string, string | undefined>>): LogLevel {
  const asked = env.LOG_LEVEL
  if (asked === undefined || asked === '') return env.VITEST === undefined ? 'info' : 'silent'
  const known = levels.find((level) => level === asked.toLowerCase())
  if (known === undefined) throw new Error(`LOG_LEVEL must be one of ${levels.join(', ')}`)
  return known
}

/** @param destination where lines go; standard output when absent */
export function createLog(level: LogLevel, destination = toStandardOutput()): Logger {
  const options = {
    level,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    base: { service: 'behalf' },
    mixin: traceFields,
    // The one place that everything passes, child bindings, serialised errors and messages alike.
    hooks: { streamWrite: redactLine },
  }
  return pino(options, destination)
}

function traceFields(): Record<string, string> {
  const trace = currentTrace()
  if (trace === undefined) return {}
  return {
    trace_id: trace.traceId,
    span_id: trace.spanId,
    ...(trace.orgId !== undefined && { org_id: trace.orgId }),
    ...(trace.userId !== undefined && { user_id: trace.userId }),
    ...(trace.agentId !== undefined && { agent_id: trace.agentId }),
    ...(trace.toolName !== undefined && { tool_name: trace.toolName }),
  }
}
