import type { ErrorCode, ProblemFacts } from './wire.ts'

/** `unreachable`: no answer at all; `unexpected_answer`: one that Behalf did not give, such as a proxy's page. */
export type ClientErrorCode = ErrorCode | 'unreachable' | 'unexpected_answer' | 'timeout'

export type Problem = Partial<ProblemFacts> & { code: ClientErrorCode }

/** What Behalf refused, or why it could not be asked. `code` is stable; texts are for people. */
export class BehalfError extends Error {
  override readonly name = 'BehalfError'
  readonly code: ClientErrorCode
  /** Status of the HTTP answer; 0 where there was none. */
  readonly status: number
  readonly detail: string
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  readonly retryAfterSeconds: number | null
  /** Where the user grants what is missing; ends in a consent screen. */
  readonly connectUrl: string | null
  /** Alternatives of conjunctions. */
  readonly requiredScopes: readonly (readonly string[])[]
  readonly grantedScopes: readonly string[]
  readonly policyIds: readonly string[]
  /** What in the request does not fit, by path. */
  readonly errors: readonly { path: string; message: string }[]
  /** The provider's own refusal. */
  readonly upstream: { status: number; body: unknown } | null
  /** What kind of failure a tool call ended in. */
  readonly category: NonNullable<ProblemFacts['category']> | null
  /** `unknown`: the call may have had its effect; look the execution up before repeating it. */
  readonly outcome: 'unknown' | null
  readonly executionId: string | null
  readonly traceId: string | null

  constructor(status: number, problem: Problem, options: ErrorOptions = {}) {
    super(`${problem.code}: ${problem.detail ?? problem.title ?? 'no detail'}`, options)
    this.code = problem.code
    this.status = status
    this.detail = problem.detail ?? problem.title ?? ''
    this.retryable = problem.retryable ?? false
    this.retryAfterSeconds = problem.retry_after_seconds ?? null
    this.connectUrl = problem.connect_url ?? null
    this.requiredScopes = problem.required_scopes ?? []
    this.grantedScopes = problem.granted_scopes ?? []
    this.policyIds = problem.policy_ids ?? []
    this.errors = problem.errors ?? []
    this.upstream = problem.upstream ?? null
    this.category = problem.category ?? null
    this.outcome = problem.outcome ?? null
    this.executionId = problem.execution_id ?? null
    this.traceId = problem.trace_id ?? null
  }
}
