import { type ErrorCode, errorTable } from './table.ts'

/** One reason why a request did not fit its schema; `path` is a JSON path such as `scopes.github`. */
export type FieldError = { path: string; message: string }

/** What kind of failure a tool call ended in, whatever its provider calls it. */
export type ErrorCategory =
  | 'auth'
  | 'permission'
  | 'not_found'
  | 'invalid'
  | 'conflict'
  | 'rate_limit'
  | 'transient'
  | 'permanent'
  | 'unknown_outcome'

/** What a client is told beside the code. Nothing in here may come from a driver or a provider unfiltered. */
export type PublicFacts = {
  detail?: string
  param?: string
  errors?: readonly FieldError[]
  retry_after_seconds?: number
  /** The name of the limit that was reached. */
  limit?: string
  connect_url?: string
  required_scopes?: readonly (readonly string[])[]
  granted_scopes?: readonly string[]
  policy_ids?: readonly string[]
  upstream?: { status: number; body: unknown }
  category?: ErrorCategory
  outcome?: 'unknown'
  execution_id?: string
  retryable?: boolean
}

/**
 * The one error of the product. `code` decides the status and the title; `facts` are for the client;
 * `internal` and `cause` are for the log and never leave the process.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly facts: PublicFacts
  readonly internal: string | undefined
  /** Of an answer that is given again: the trace in which it was first given. */
  readonly replayOf: string | undefined
  /** What is answered beside the body, such as the challenge of RFC 6750 §3; in lower case, nothing of it secret. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    facts: PublicFacts = {},
    options: {
      internal?: string
      cause?: unknown
      replayOf?: string
      headers?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(facts.detail ?? errorTable[code].title, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.facts = facts
    this.internal = options.internal
    this.replayOf = options.replayOf
    this.headers = options.headers ?? {}
  }

  get status(): number {
    return errorTable[this.code].status
  }
}

/** The error to show for anything thrown: an unknown one becomes `internal`, its text kept for the log only. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  // Next bundles may load this module twice: recognise a sibling by shape.
  if (thrown instanceof Error && thrown.name === 'AppError' && 'code' in thrown && 'facts' in thrown) {
    const replayOf = 'replayOf' in thrown ? (thrown.replayOf as string | undefined) : undefined
    const headers = 'headers' in thrown ? (thrown.headers as Record<string, string>) : {}
    const options = { cause: thrown, headers, ...(replayOf !== undefined && { replayOf }) }
    return new AppError(thrown.code as ErrorCode, thrown.facts as PublicFacts, options)
  }
  const internal = thrown instanceof Error ? thrown.message : 'non-error thrown'
  return new AppError('internal', {}, { internal, cause: thrown })
}
