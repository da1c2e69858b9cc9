import { BehalfError, type Problem } from './error.ts'
import { pause } from './pause.ts'

export type ClientOptions = {
  /** Origin of Behalf, such as `https://behalf.example.com`. */
  baseUrl: string
  /**
   * What every request is made with: a secret key `bhf_sk_…`, for servers only, or an agent's access token. A function
   * is asked before each request, so that what runs out can be made anew.
   */
  key: string | (() => string | Promise<string>)
  /**
   * Longest wait for one call with all its repetitions, in milliseconds; 60 000 unless told. A tool call may take 30 s
   * at the provider.
   */
  timeoutMs?: number
  /** How often a call that may safely be sent again is, when it was not answered; 2 unless told. */
  retries?: number
  /** In place of the global one, such as one that signs DPoP proofs. */
  fetch?: typeof globalThis.fetch
}

export type Call = {
  signal?: AbortSignal
  /** In place of the client's. */
  timeoutMs?: number
}
export type Once = Call & {
  /**
   * Under one key a request is made once, however often it is sent: 1 to 255 printable characters of ASCII. The client
   * makes one for each call; give your own where a crash of your process should not make a second call either.
   */
  idempotencyKey?: string
}

export type Sent = {
  method: string
  path: string
  /** Whether it may be sent again: it changes nothing, it is done once under its key, or neither. */
  again: 'safe' | 'keyed' | 'never'
  headers?: Record<string, string>
  body?: BodyInit
}

/** Sends a request, again where that is safe, and answers what `read` makes of what is no problem. */
export type Transport = <Answer>(
  sent: Sent,
  call: Once,
  read: (response: Response) => Promise<Answer>,
) => Promise<Answer>

/** As a first pause in milliseconds; each further one is twice as long, and each is shortened at random. */
const pauseMs = 250

const maySendAgain = (error: BehalfError, again: Sent['again']): boolean => {
  // Refused before it was read.
  if (error.code === 'rate_limited') return true
  if (again === 'never') return false
  if (error.code === 'unexpected_answer') return error.status >= 502 && error.status <= 504
  return (
    error.code === 'unreachable' || error.code === 'unavailable' || error.code === 'idempotency_in_progress'
  )
}

export function createTransport({
  baseUrl,
  key,
  timeoutMs: usualMs = 60_000,
  retries = 2,
  fetch = globalThis.fetch,
}: ClientOptions): Transport {
  async function once(
    { method, path, headers, body }: Sent,
    idempotencyKey: string | null,
    signal: AbortSignal,
  ) {
    const credential = typeof key === 'string' ? key : await key()
    return fetch(new URL(path, baseUrl), {
      method,
      headers: {
        accept: 'application/json',
        ...headers,
        authorization: `Bearer ${credential}`,
        ...(idempotencyKey !== null && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body }),
      // The key is for this origin alone. Not `error`, which Workers do not know.
      redirect: 'manual',
      signal,
    })
  }

  return async (sent, { signal, idempotencyKey, timeoutMs = usualMs }, read) => {
    const until = performance.now() + timeoutMs
    const ends = AbortSignal.timeout(timeoutMs)
    const either = signal ? AbortSignal.any([signal, ends]) : ends
    const made = idempotencyKey ?? (sent.again === 'keyed' ? crypto.randomUUID() : null)

    const attempt = async () => {
      try {
        const response = await once(sent, made, either)
        if (response.ok) return await read(response)
        throw problemOf(baseUrl, response.status, parse(await response.text()))
      } catch (cause) {
        if (signal?.aborted) throw signal.reason
        if (cause instanceof BehalfError) throw cause
        const late = ends.aborted
        const detail = late ? `no answer within ${timeoutMs} ms` : `${baseUrl} could not be reached`
        throw new BehalfError(
          0,
          { code: late ? 'timeout' : 'unreachable', detail, retryable: !late },
          { cause },
        )
      }
    }

    for (let tried = 0; ; tried++) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof BehalfError) || tried >= retries || !maySendAgain(error, sent.again))
          throw error
        const grown = pauseMs * 2 ** tried * (0.5 + Math.random() / 2)
        const waitMs = error.retryAfterSeconds === null ? grown : error.retryAfterSeconds * 1_000
        if (performance.now() + waitMs >= until) throw error
        await pause(waitMs, signal)
      }
    }
  }
}

/** @returns what stood in the body as JSON; `undefined` where nothing does */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === 'object' && answer !== null && 'code' in answer && typeof answer.code === 'string'

/** The error that an answer is: Behalf's own, or that somebody else gave it. */
export function problemOf(baseUrl: string, status: number, answer: unknown): BehalfError {
  if (isProblem(answer)) return new BehalfError(status, answer)
  return new BehalfError(status, {
    code: 'unexpected_answer',
    detail: `${baseUrl} answered ${status} with something that is not Behalf's`,
  })
}
