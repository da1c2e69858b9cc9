import { config } from '#lib/config'
import { sqlForOrg } from '#lib/db'
import { newId } from '#lib/ids'
import { anchored, currentTrace, log } from '#lib/log'
import type { Tenant } from '#lib/proof'

/** Lines that wait at most: 5,000 requests a second are listed, of more it is said how many are missing. */
const waitingMost = 5_000
const flushMs = 1_000
const queryMost = 1_000
const fieldsMost = 40

/** A line as the table takes it. */
type Line = {
  id: string
  at: string
  method: string
  route: string
  path: string
  query: string
  fields: readonly string[]
  status: number
  error_code: string | null
  duration_ms: number
  actor_type: string
  actor_id: string
  tool_name: string | null
  trace_id: string
  dropped: number
}
type Waiting = { tenant: Tenant; lines: Line[]; dropped: number }

const state = anchored('request-log', () => ({
  byOrg: new Map<string, Waiting>(),
  count: 0,
  timer: undefined as NodeJS.Timeout | undefined,
  writing: null as Promise<void> | null,
}))

/** Of these a path holds a word that nobody else is to read: the pattern stands for it. */
const secretPath = /\{handle\}/
const listed = /^\/(api\/v1|mcp)(\/|$)/

type Ended = {
  /** The pattern of the route. */
  route: string
  status: number
  errorCode: string | null
  seconds: number
}

/**
 * Takes down that a request was answered, for the list that its org's developers see. It waits in memory and is written
 * with others: the request itself waits for nothing. A request whose org nobody came to know is nobody's.
 */
export function noteRequest(request: Request, { route, status, errorCode, seconds }: Ended): void {
  const trace = currentTrace()
  if (!trace?.tenant || !trace.actor || !listed.test(route) || !config().console.requestLog) return
  const waiting = waitingOf(trace.tenant)
  if (state.count >= waitingMost) {
    waiting.dropped++
    return
  }
  const query = trace.asked?.query ?? ''
  waiting.lines.push({
    id: newId(),
    at: new Date(Date.now() - seconds * 1000).toISOString(),
    method: request.method,
    route,
    path: secretPath.test(route) ? route : new URL(request.url).pathname.slice(0, 500),
    query: query.length > queryMost ? '' : query,
    fields: (trace.asked?.fields ?? []).slice(0, fieldsMost).map((name) => name.slice(0, 60)),
    status,
    error_code: errorCode,
    duration_ms: Math.round(seconds * 1000),
    actor_type: trace.actor.type,
    actor_id: trace.actor.id,
    tool_name: trace.toolName ?? null,
    trace_id: trace.traceId,
    dropped: 0,
  })
  state.count++
  state.timer ??= setTimeout(() => void flushRequests(), flushMs).unref()
}

function waitingOf(tenant: Tenant): Waiting {
  const known = state.byOrg.get(tenant.orgId)
  if (known) return known
  const made: Waiting = { tenant, lines: [], dropped: 0 }
  state.byOrg.set(tenant.orgId, made)
  return made
}

const append = {
  name: 'request_log_append',
  text: `INSERT INTO request_log SELECT $1::uuid, r.* FROM jsonb_to_recordset($2::jsonb) AS r (id uuid, at timestamptz,
    method text, route text, path text, query text, fields text[], status int, error_code text, duration_ms int,
    actor_type text, actor_id text, tool_name text, trace_id text, dropped int)`,
}

/** Writes down what waits; also before a process ends. */
export async function flushRequests(): Promise<void> {
  clearTimeout(state.timer)
  state.timer = undefined
  await state.writing
  const batch = [...state.byOrg.values()]
  state.byOrg.clear()
  state.count = 0
  // One org after the other: a list for developers takes one connection, and no call's.
  state.writing = (async () => {
    for (const { tenant, lines, dropped } of batch) {
      const [first] = lines
      if (first) first.dropped = dropped
      else if (dropped > 0) waitingOf(tenant).dropped += dropped
      if (!first) continue
      await sqlForOrg(tenant, (sql) =>
        sql(append, [tenant.orgId, JSON.stringify(lines)], { last: true }),
      ).catch((err: unknown) => {
        log.warn({ err, org_id: tenant.externalId, requests: lines.length }, 'requests not listed')
        waitingOf(tenant).dropped += lines.length + dropped
      })
    }
  })()
  await state.writing
}
