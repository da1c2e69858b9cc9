export type EgressErrorKind =
  | 'refused'
  | 'timeout'
  | 'aborted'
  | 'too_large'
  | 'reset'
  | 'redirect'
  | 'network'

const brand = Symbol.for('behalf.EgressError')

/**
 * Every way an outbound call fails. The message names purpose and host only, and there is no `cause`:
 * the transport's own errors quote peer addresses and raw response bytes, so only their `code` is kept.
 */
export class EgressError extends Error {
  readonly kind: EgressErrorKind
  /** Whether any byte of the request may have reached the peer; `false` means that a write is safe to retry. */
  readonly requestSent: boolean
  /** The transport's code (`ECONNREFUSED`, `UND_ERR_SOCKET`, …), where there was one. */
  readonly code: string | undefined

  constructor(
    kind: EgressErrorKind,
    message: string,
    detail: { requestSent: boolean; code?: string | undefined },
  ) {
    super(message)
    this.name = 'EgressError'
    this.kind = kind
    this.requestSent = detail.requestSent
    this.code = detail.code
    Object.defineProperty(this, brand, { value: true })
  }

  // A bundler may load this module twice; an error must still be recognised by the other copy.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}

/** A 2xx that is not JSON. `JSON.parse` quotes its input in the message, and that input is a provider's answer. */
export class InvalidJsonError extends SyntaxError {
  constructor() {
    super('the response body is not valid JSON')
    this.name = 'InvalidJsonError'
  }
}

const connectionLost = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'HPE_INVALID_EOF_STATE',
])
const timedOut = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])
const kindsByCode: Readonly<Record<string, EgressErrorKind>> = {
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'too_large',
  UND_ERR_CLOSED: 'aborted',
  UND_ERR_DESTROYED: 'aborted',
  UND_ERR_ABORTED: 'aborted',
  UND_ERR_INVALID_ARG: 'refused',
}

/** The transport's code for `error`, only if it has the shape of a code and so cannot be peer text. */
export function transportCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined
}

export function kindOf(code: string | undefined): EgressErrorKind {
  if (code === undefined) return 'network'
  if (connectionLost.has(code)) return 'reset'
  if (timedOut.has(code)) return 'timeout'
  return kindsByCode[code] ?? 'network'
}
