import { AsyncLocalStorage } from 'node:async_hooks'
import { drawBytes } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { anchored } from './anchor.ts'

export type Trace = {
  /** 32 lower-case hex digits */
  traceId: string
  /** 16 lower-case hex digits: our own span, made new for each request */
  spanId: string
  /** the caller's span, when the trace was continued */
  parentSpanId?: string
  sampled?: boolean
  orgId?: string
  userId?: string
  agentId?: string
  toolName?: string
  /** Whose request it turned out to be, and who made it; not for the log's lines. */
  tenant?: Tenant
  actor?: Readonly<{ type: string; id: string }>
  /** What was asked, as far as it was understood: names of fields, never what a body holds. */
  asked?: Readonly<{ query: string; fields: readonly string[] }>
}

const storage = anchored('trace', () => new AsyncLocalStorage<Trace>())

/** The trace of the code that is running, if any. */
export function currentTrace(): Trace | undefined {
  return storage.getStore()
}

/** Runs `fn` within the current trace (or a new one) extended by `context`; log lines written inside carry it. */
export function withTrace<T>(context: Partial<Trace>, fn: () => T): T {
  return storage.run({ ...(currentTrace() ?? newTrace()), ...context }, fn)
}

/** Adds what has become known to the trace that is running, so that every later line of it says so too. */
export function annotateTrace(
  known: Partial<Omit<Trace, 'traceId' | 'spanId' | 'parentSpanId' | 'sampled'>>,
): void {
  const trace = currentTrace()
  if (trace) Object.assign(trace, known)
}

/**
 * Continues the caller's trace, or begins one when the header is absent or invalid. An invalid header is never an
 * error: tracing must not decide whether a request is served.
 * @see W3C Trace Context §3.2 (and §4.3 for versions above 00, which are read by the fields of 00)
 */
export function parseTraceparent(header: string | null | undefined): Trace {
  const [, version, traceId, parentSpanId, flags, rest] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header?.trim() ?? '') ?? []
  if (version === undefined || traceId === undefined || parentSpanId === undefined) return newTrace()
  if (version === 'ff' || (version === '00' && rest !== undefined)) return newTrace()
  if (/^0+$/.test(traceId) || /^0+$/.test(parentSpanId)) return newTrace()
  const sampled = (Number.parseInt(flags ?? '00', 16) & 1) === 1
  return { traceId, spanId: newSpanId(), parentSpanId, sampled }
}

/** The header for a call made within `trace`. */
export function formatTraceparent(trace: Pick<Trace, 'traceId' | 'spanId' | 'sampled'>): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled === false ? '00' : '01'}`
}

function newTrace(): Trace {
  return { traceId: drawBytes(16).toString('hex'), spanId: newSpanId(), sampled: true }
}

function newSpanId(): string {
  return drawBytes(8).toString('hex')
}
