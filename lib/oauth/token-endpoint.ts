import {
  type Connector,
  type ErrorClass,
  type ErrorRules,
  type OAuthConnector,
  type ProviderAnswer,
  refusalOf,
  retryAfterSeconds,
  standardTokenErrors,
  type TokenSet,
} from '#lib/connector-kit'
import { type Egress, EgressError, type EgressResponse } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import { type AuthConfig, withClientSecret } from './auth-configs.ts'
import { clientAuthentication } from './client-authentication.ts'
import { type Addressed, pinnedHosts, urlOf } from './endpoints.ts'

export type TokenAnswer =
  | { kind: 'tokens'; tokens: TokenSet; body: Record<string, unknown> }
  /** `retryAfterSeconds` is what the provider asked for, if it did. */
  | { kind: ErrorClass; errorCode: string; retryAfterSeconds: number | null }
  /** No readable answer; `requestSent` false means that the provider never saw the request. */
  | { kind: 'no_answer'; requestSent: boolean; errorCode: string }

export type Grant =
  | { grant_type: 'authorization_code'; code: string; redirect_uri: string; code_verifier?: string }
  | { grant_type: 'refresh_token'; refresh_token: string }

/** One call of the token endpoint (RFC 6749 §3.2), its answer read body first and status second. */
export const callTokenEndpoint = (
  egress: Egress,
  connector: OAuthConnector,
  tenant: Tenant,
  auth: AuthConfig,
  grant: Grant,
  deadlineMs: number,
): Promise<TokenAnswer> =>
  withClientSecret(tenant, auth, (secret) =>
    requestTokens(egress, connector, auth, secret, grant, deadlineMs),
  )

/** As `callTokenEndpoint`, for a caller that has been lent the client secret. */
export async function requestTokens(
  egress: Egress,
  connector: OAuthConnector,
  auth: Addressed & Pick<AuthConfig, 'clientId' | 'redirectUri'>,
  secret: string,
  grant: Grant,
  deadlineMs: number,
): Promise<TokenAnswer> {
  const facts = connector.auth
  const refreshes = grant.grant_type === 'refresh_token'
  const { headers, fields } = clientAuthentication(connector, auth, secret)
  const params: Record<string, string> = {
    ...(refreshes
      ? facts.refreshRepeatsRedirectUri && { redirect_uri: auth.redirectUri }
      : facts.exchangeParams),
    ...grant,
    ...fields,
  }
  const url = urlOf(connector, auth, (refreshes && facts.refreshUrl) || facts.tokenUrl)
  const request = { url, headers, params, json: facts.tokenBody === 'json' }
  return postForTokens(egress, connector, auth, request, deadlineMs, {
    rules: [...facts.tokenErrors, ...standardTokenErrors],
    parse: facts.parseTokens,
    ttlSecondsMax: facts.accessTtlSecondsMax,
  })
}

type TokenRequest = {
  url: string
  headers: Record<string, string>
  params: Record<string, string>
  json: boolean
}

/** How an answer of a token endpoint is read: its refusals, its shape, and the longest lifetime that is believed. */
type Reading = {
  rules: ErrorRules
  parse: (body: Record<string, unknown>) => TokenSet
  ttlSecondsMax: number
}

/** Sends a token request, whosoever's grant it is, and reads what comes back. */
export async function postForTokens(
  egress: Egress,
  connector: Connector,
  auth: Addressed,
  { url, headers, params, json }: TokenRequest,
  deadlineMs: number,
  reading: Reading,
): Promise<TokenAnswer> {
  let response: EgressResponse
  try {
    response = await egress.request({
      purpose: 'provider',
      method: 'POST',
      url,
      hosts: pinnedHosts(connector, auth),
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': 'behalf',
        'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
      },
      body: json ? JSON.stringify(params) : new URLSearchParams(params).toString(),
      deadlineMs,
      maxBytes: 256 * 1024,
    })
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    return { kind: 'no_answer', requestSent: error.requestSent, errorCode: `egress_${error.kind}` }
  }
  return readTokenAnswer(reading, answerOf(response))
}

/** What the classification looks at. */
export function answerOf(response: EgressResponse): ProviderAnswer {
  const text = response.text()
  let body: unknown = null
  try {
    body = JSON.parse(text)
  } catch {
    // Plain text, a form or nothing: rules may still know the words, headers or status.
  }
  return { status: response.status, headers: response.headers, body, text }
}

function readTokenAnswer({ rules, parse, ttlSecondsMax }: Reading, answer: ProviderAnswer): TokenAnswer {
  const { status, headers, body } = answer
  const refusal = refusalOf(rules, answer)
  if (refusal !== null) {
    return {
      kind: refusal.is,
      errorCode: safeCode(refusal.code) ?? `status_${status}`,
      retryAfterSeconds: retryAfterSeconds(headers, Date.now()),
    }
  }
  if (typeof body !== 'object' || body === null)
    return { kind: 'no_answer', requestSent: true, errorCode: 'unreadable' }
  try {
    const fields = body as Record<string, unknown>
    const tokens = parse(fields)
    return {
      kind: 'tokens',
      tokens: { ...tokens, expiresInSeconds: clamp(ttlSecondsMax, tokens) },
      body: fields,
    }
  } catch {
    return { kind: 'no_answer', requestSent: true, errorCode: 'no_access_token' }
  }
}

/** A lifetime of nothing or of ten years is not believed (THREATS.md fault 11): `null` is "not known to end". */
function clamp(secondsMax: number, tokens: TokenSet): number | null {
  const seconds = tokens.expiresInSeconds
  if (seconds === null || seconds <= 0) return null
  return Math.min(Math.floor(seconds), secondsMax)
}

/** A provider's code as it may be kept and logged: never its free text. */
const safeCode = (code: string | null): string | null => (code && /^[\w.:-]{1,80}$/.test(code) ? code : null)
