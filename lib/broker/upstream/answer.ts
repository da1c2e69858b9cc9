import {
  type Connector,
  errorCodes,
  graphqlErrors,
  graphqlRules,
  type RateScope,
  type Refusal,
  rateRefusal,
  refusalOf,
} from '#lib/connector-kit'
import type { EgressResponse } from '#lib/egress'
import { AppError } from '#lib/errors'
import { secretsIn } from '#lib/oauth'
import type { CredentialRef, Lent } from '#lib/vault'
import { parseJson, publicBody, redactOutput, redactSecrets } from '../content/own-secrets.ts'
import { categoryOf } from './categories.ts'

/** The provider refused the access token itself; nothing was done. */
export class RefusedByProvider extends Error {
  override readonly name = 'RefusedByProvider'
  /** Whether its own code says that the consent is gone for good. */
  readonly dead: boolean
  /** The credential that was refused. */
  readonly credential: CredentialRef
  constructor(connector: Connector, credential: CredentialRef, dead: boolean) {
    super(`${connector.id} refused the access token`)
    this.credential = credential
    this.dead = dead
  }
  asAppError(): AppError {
    return new AppError('upstream_error', {
      detail: 'The provider refused the access. Try again.',
      retryable: true,
      category: 'auth',
    })
  }
}

/**
 * What a provider said. Of what is no answer: `done` is whether the call may have had its effect, `again` whether
 * asking once more can help, and `rate` that we were told to stay away.
 */
export type Heard =
  | { is: 'answer'; body: unknown; response: EgressResponse }
  | {
      is: 'refusal'
      error: Error
      done: boolean
      again: boolean
      rate?: { seconds: number | null; per: RateScope }
      waitSeconds?: number
    }

/** Reads an answer, its secrets taken out first: body before status, and an error of GraphQL's is an error. */
export function hear(
  { connector, lent }: { connector: Connector; lent: Lent },
  response: EgressResponse,
  isGraphql: boolean,
): Heard {
  const secrets = [...lent.secrets, ...secretsIn(connector, lent)]
  const text = redactSecrets(response.text(), secrets)
  const parsed = text === '' ? { ok: true as const, value: null } : parseJson(text)
  const body = parsed.ok ? parsed.value : null
  const { status, headers } = response
  const rules = isGraphql ? [...connector.apiErrors, ...graphqlRules] : connector.apiErrors
  const failed = isGraphql && graphqlErrors(body).length > 0
  const refusal = refusalOf(rules, { status, headers, body, text }, failed)
  if (refusal !== null)
    return refused(connector, lent, refusal, {
      response,
      said: redactOutput(publicBody(body, text), secrets),
      body,
    })
  if (parsed.ok) return { is: 'answer', body, response }
  // Success in another language: a login page, a proxy's word (THREATS.md fault 7).
  const detail = `${connector.name} answered something that is not JSON.`
  return {
    is: 'refusal',
    error: new AppError('upstream_error', { detail, retryable: false, category: 'permanent' }),
    done: true,
    again: false,
  }
}

function refused(
  connector: Connector,
  lent: Lent,
  refusal: Refusal,
  { response, said, body }: { response: EgressResponse; said: unknown; body: unknown },
): Heard {
  const { status, headers } = response
  const category = categoryOf(refusal.is)
  switch (refusal.is) {
    case 'expired':
    case 'ambiguous':
    case 'dead':
    case 'expired_refresh':
    case 'interaction': {
      const dead = refusal.is !== 'expired' && refusal.is !== 'ambiguous'
      const error = new RefusedByProvider(connector, lent.credential, dead)
      return { is: 'refusal', error, done: false, again: false }
    }
    case 'rate_limited': {
      const rate = rateRefusal(connector.rates, headers, errorCodes(body), Date.now())
      const error = new AppError('upstream_rate_limited', {
        detail: `${connector.name} limits the rate.`,
        retry_after_seconds: rate.seconds ?? 1,
        category,
      })
      return { is: 'refusal', error, done: false, again: true, rate }
    }
    case 'transient': {
      const { seconds } = rateRefusal({}, headers, [], Date.now())
      const error = new AppError('upstream_error', {
        detail: `${connector.name} failed.`,
        category,
        ...(seconds !== null && { retry_after_seconds: seconds }),
      })
      const heard = { is: 'refusal' as const, error, done: true, again: true }
      return seconds === null ? heard : { ...heard, waitSeconds: seconds }
    }
    default: {
      const error = new AppError(
        'upstream_rejected',
        {
          detail: `${connector.name} refused the call.`,
          upstream: { status, body: said },
          category,
        },
        { internal: `${refusal.is} ${refusal.code}` },
      )
      return { is: 'refusal', error, done: false, again: false }
    }
  }
}
