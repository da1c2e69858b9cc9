import { BehalfError } from './error.ts'
import type {
  AccountFilter,
  Approval,
  ApprovalDetail,
  ApprovalFilter,
  Approve,
  AuditEvent,
  AuditFilter,
  Confirmation,
  ConnectedAccount,
  ConnectSession,
  ConnectSessionInput,
  CreatedConnectSession,
  Deny,
  Executed,
  ExecuteInput,
  Page,
  PageQuery,
  PendingApproval,
  RevokedAccount,
  SessionStatus,
  Tool,
  ToolFilter,
} from './types.ts'

export type ClientOptions = {
  /** Origin of Behalf, such as `https://behalf.example.com`. */
  baseUrl: string
  /** Secret key, `bhf_sk_…`; for servers only. */
  key: string
  /** Longest wait for one answer, in milliseconds. A tool call may take 30 s at the provider. */
  timeoutMs?: number
}

type Call = { signal?: AbortSignal }
type Once = Call & {
  /** Under one key a request is made once, however often it is sent: 1 to 255 printable characters of ASCII. */
  idempotencyKey?: string
}
type Wait = Call & {
  /** Longest wait in milliseconds; without it, as long as the session lives. */
  timeoutMs?: number
  /** Pause between two looks in milliseconds. */
  intervalMs?: number
}

const final: readonly SessionStatus[] = ['completed', 'declined', 'failed', 'expired', 'cancelled']

export type BehalfClient = ReturnType<typeof createClient>

/**
 * A client of one deployment. What does not succeed rejects with a `BehalfError`, and what was aborted with the
 * signal's own reason.
 */
export function createClient({ baseUrl, key, timeoutMs = 60_000 }: ClientOptions) {
  async function send<Answer>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { signal, idempotencyKey }: Once,
    body?: unknown,
  ): Promise<Answer> {
    const ends = AbortSignal.timeout(timeoutMs)
    let response: Response
    let text: string
    try {
      response = await fetch(new URL(`/api/v1${path}`, baseUrl), {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // The key is for this origin alone.
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, ends]) : ends,
      })
      text = await response.text()
    } catch (cause) {
      if (signal?.aborted) throw signal.reason
      const late = ends.aborted
      const detail = late ? `no answer within ${timeoutMs} ms` : `${baseUrl} could not be reached`
      throw new BehalfError(
        0,
        { code: late ? 'timeout' : 'unreachable', detail, retryable: !late },
        { cause },
      )
    }
    const answer = parse(text)
    if (response.ok && answer !== undefined) return answer as Answer
    if (isProblem(answer)) throw new BehalfError(response.status, answer)
    throw new BehalfError(response.status, {
      code: 'unexpected_answer',
      detail: `${baseUrl} answered ${response.status} with something that is not Behalf's`,
    })
  }

  const get = <Answer>(path: string, query: object, call: Call) =>
    send<Answer>('GET', `${path}${queryString(query)}`, call)
  const post = <Answer>(path: string, body: unknown, call: Once) => send<Answer>('POST', path, call, body)

  const readSession = async (id: string, call: Call = {}): Promise<ConnectSession> =>
    get(`/connect_sessions/${segment(id)}`, {}, call)

  return {
    connectSessions: {
      /** Invites a user; send them to `url` or `hosted_url`. */
      create: (input: ConnectSessionInput, call: Call = {}): Promise<CreatedConnectSession> =>
        post('/connect_sessions', input, call),
      get: readSession,
      /** Vouches for who finished, with the code that arrived at your `return_url`. */
      confirm: async (id: string, confirmation: Confirmation, call: Call = {}): Promise<ConnectSession> =>
        post(`/connect_sessions/${segment(id)}/confirm`, confirmation, call),
    },

    connectedAccounts: {
      list: (filter: AccountFilter & PageQuery = {}, call: Call = {}): Promise<Page<ConnectedAccount>> =>
        get('/connected_accounts', filter, call),
      get: async (id: string, call: Call = {}): Promise<ConnectedAccount> =>
        get(`/connected_accounts/${segment(id)}`, {}, call),
      /** Stops all use at once and revokes at the provider; the answer reports both. */
      revoke: async (id: string, reason?: string, call: Call = {}): Promise<RevokedAccount> =>
        post(`/connected_accounts/${segment(id)}/revoke`, reason === undefined ? {} : { reason }, call),
    },

    tools: {
      list: (filter: ToolFilter & PageQuery = {}, call: Call = {}): Promise<Page<Tool>> =>
        get('/tools', filter, call),
      /**
       * Runs one tool on behalf of a user. Two equal calls are two calls, unless people have to approve them or both
       * come with the same `idempotencyKey`.
       */
      execute: (input: ExecuteInput, call: Once = {}): Promise<Executed | PendingApproval> =>
        post('/tools/execute', input, call),
    },

    /** What `execute` answers as `pending_approval` waits here. */
    approvals: {
      list: (filter: ApprovalFilter & PageQuery = {}, call: Call = {}): Promise<Page<Approval>> =>
        get('/approvals', filter, call),
      /** How it stands; for whoever asked also what the call answered. */
      get: async (id: string, call: Call = {}): Promise<ApprovalDetail> =>
        get(`/approvals/${segment(id)}`, {}, call),
      approve: async (id: string, input: Approve = {}, call: Call = {}): Promise<Approval> =>
        post(`/approvals/${segment(id)}/approve`, input, call),
      deny: async (id: string, input: Deny, call: Call = {}): Promise<Approval> =>
        post(`/approvals/${segment(id)}/deny`, input, call),
      /** By whoever asked, as long as the call is not being made. */
      withdraw: async (id: string, call: Call = {}): Promise<Approval> =>
        send('DELETE', `/approvals/${segment(id)}`, call),
    },

    auditEvents: {
      /** Newest first. */
      list: (filter: AuditFilter & PageQuery = {}, call: Call = {}): Promise<Page<AuditEvent>> =>
        get('/audit_events', filter, call),
    },

    /**
     * Waits until a session has come to its end, whichever it is: look at `status`. Somebody has to confirm it.
     * @throws BehalfError `timeout` when it has not
     */
    async waitForConnection(id: string, wait: Wait = {}): Promise<ConnectSession> {
      const { intervalMs = 1_000, signal } = wait
      const call: Call = signal ? { signal } : {}
      const until = performance.now() + (wait.timeoutMs ?? Number.POSITIVE_INFINITY)
      for (;;) {
        const session = await readSession(id, call)
        if (final.includes(session.status)) return session
        if (performance.now() + intervalMs > until) {
          throw new BehalfError(0, { code: 'timeout', detail: `the session is still ${session.status}` })
        }
        await pause(intervalMs, signal)
      }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isProblem = (answer: unknown): answer is ConstructorParameters<typeof BehalfError>[1] =>
  typeof answer === 'object' && answer !== null && 'code' in answer && typeof answer.code === 'string'

/** An id is one segment of the path, whatever it contains; dots alone would climb, and nothing names the list. */
function segment(id: string): string {
  if (/^\.{0,2}$/.test(id)) throw new BehalfError(0, { code: 'invalid_request', detail: `"${id}" is no id` })
  return encodeURIComponent(id)
}

function queryString(query: object): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ''
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, failed) => {
    if (signal?.aborted) return failed(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      failed(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      done()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
