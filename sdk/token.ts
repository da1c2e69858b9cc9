import { BehalfError } from './error.ts'
import { parse } from './transport.ts'

export type AgentTokenOptions = {
  /** Origin of Behalf. */
  baseUrl: string
  /** The agent, `ag_…`. */
  clientId: string
  /**
   * What it proves itself with: its secret, or a function that makes a client assertion anew (RFC 7523): signed by its
   * own key, or the token of its workload.
   */
  credential: string | (() => string | Promise<string>)
  /** Scopes with spaces between them; `tools:read tools:write` unless told. */
  scope?: string
  /** What the token is for (RFC 8707); the REST API unless told. */
  resource?: string
  /**
   * On whose behalf: makes what proves it anew for each token, a user's assertion that your backend signs, or a token that
   * another agent was lent. Without it the agent speaks for itself.
   */
  onBehalfOf?: () => Subject | Promise<Subject>
  /** In place of the global one. */
  fetch?: typeof globalThis.fetch
}

export type Subject = { token: string; type: 'jwt' | 'access_token' }

/** Tokens are made anew this long before they run out. */
const earlyMs = 60_000
const timeoutMs = 30_000

/**
 * An agent's access tokens, made anew when they run out: `createClient({ baseUrl, key: agentToken({ … }) })`.
 * @throws BehalfError `unauthenticated` where the credential is not good, with what the authorization server said
 * @see RFC 6749 §4.4, RFC 8693
 */
export function agentToken({
  baseUrl,
  clientId,
  credential,
  scope,
  resource,
  onBehalfOf,
  fetch = globalThis.fetch,
}: AgentTokenOptions): () => Promise<string> {
  const proof = async (): Promise<{ headers?: Record<string, string>; form?: Record<string, string> }> =>
    typeof credential === 'string'
      ? { headers: { authorization: basic(clientId, credential) } }
      : {
          form: {
            client_id: clientId,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: await credential(),
          },
        }

  async function ask(): Promise<{ token: string; until: number }> {
    const { headers, form } = await proof()
    const subject = await onBehalfOf?.()
    const asked = performance.now()
    const response = await fetch(new URL('/oauth/token', baseUrl), {
      method: 'POST',
      headers: { accept: 'application/json', ...headers },
      body: new URLSearchParams({
        ...(subject ? exchangeOf(subject) : { grant_type: 'client_credentials' }),
        ...(scope !== undefined && { scope }),
        ...(resource !== undefined && { resource }),
        ...form,
      }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = parse(await response.text()) as Answer | undefined
    if (!response.ok || typeof answer?.access_token !== 'string') throw refused(response.status, answer)
    return { token: answer.access_token, until: asked + (answer.expires_in ?? 0) * 1_000 - earlyMs }
  }

  let held: Promise<{ token: string; until: number }> | null = null
  let good = Number.NEGATIVE_INFINITY
  return async () => {
    // Whoever comes while one is made waits for the same.
    if (held === null || performance.now() >= good) {
      const making = ask()
      held = making
      good = Number.POSITIVE_INFINITY
      making.then(
        ({ until }) => {
          good = until
        },
        () => {
          if (held === making) held = null
        },
      )
    }
    return (await held).token
  }
}

const exchangeOf = ({ token, type }: Subject) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: token,
  subject_token_type: `urn:ietf:params:oauth:token-type:${type}`,
})

type Answer = { access_token?: string; expires_in?: number; error?: string; error_description?: string }

function refused(status: number, answer: Answer | undefined): BehalfError {
  const { error, error_description } = answer ?? {}
  if (error === undefined)
    return new BehalfError(status, { code: 'unexpected_answer', detail: `no token, but ${status}` })
  const detail = error_description ? `${error}: ${error_description}` : error
  const code = status >= 500 ? 'unavailable' : 'unauthenticated'
  return new BehalfError(status, { code, detail, retryable: status >= 500 })
}

/** RFC 6749 §2.3.1: both are form-encoded first. */
const basic = (id: string, secret: string) =>
  `Basic ${btoa([id, secret].map((part) => encodeURIComponent(part)).join(':'))}`
