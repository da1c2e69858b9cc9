import { type Connector, classify, type ErrorClass, errorCode, type TokenSet } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { EgressError } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import { type AuthConfig, withClientSecret } from './auth-configs.ts'
import { baseUrlsOf, fill, pinnedHosts } from './endpoints.ts'

export type TokenAnswer =
  | { kind: 'tokens'; tokens: TokenSet; body: Record<string, unknown> }
  | { kind: ErrorClass; errorCode: string }
  /** No readable answer; `requestSent` false means that the provider never saw the request. */
  | { kind: 'no_answer'; requestSent: boolean; errorCode: string }

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** The headers and fields by which our client authenticates (RFC 6749 §2.3.1). */
export const clientAuthentication = (
  connector: Connector,
  auth: AuthConfig,
  secret: string,
): { headers: Record<string, string>; fields: Record<string, string> } =>
  connector.auth.clientAuth === 'client_secret_basic'
    ? { headers: { authorization: basic(auth.clientId, secret) }, fields: {} }
    : { headers: {}, fields: { client_id: auth.clientId, client_secret: secret } }

export const basicHeader = basic

/** One call of the token endpoint (RFC 6749 §3.2), its answer read body first and status second. */
export function callTokenEndpoint(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  grant: Readonly<Record<string, string>>,
  deadlineMs: number,
): Promise<TokenAnswer> {
  return withClientSecret(tenant, auth, async (secret): Promise<TokenAnswer> => {
    const { headers, fields } = clientAuthentication(connector, auth, secret)
    let status: number
    let text: string
    try {
      const response = await egress.request({
        purpose: 'provider',
        method: 'POST',
        url: fill(connector.auth.tokenUrl, baseUrlsOf(connector, auth)),
        hosts: pinnedHosts(connector, auth),
        headers: {
          ...headers,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ ...grant, ...fields }).toString(),
        deadlineMs,
        maxBytes: 256 * 1024,
      })
      status = response.status
      text = response.text()
    } catch (error) {
      if (!(error instanceof EgressError)) throw error
      return { kind: 'no_answer', requestSent: error.requestSent, errorCode: `egress_${error.kind}` }
    }
    return readTokenAnswer(connector, status, text)
  })
}

function readTokenAnswer(connector: Connector, status: number, text: string): TokenAnswer {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = null
  }
  const refusal = classify(connector.auth.tokenErrors, status, body)
  if (refusal !== null) return { kind: refusal, errorCode: safeCode(errorCode(body)) ?? `status_${status}` }
  if (typeof body !== 'object' || body === null)
    return { kind: 'no_answer', requestSent: true, errorCode: 'unreadable' }
  try {
    const fields = body as Record<string, unknown>
    const tokens = connector.auth.parseTokens(fields)
    return { kind: 'tokens', tokens: { ...tokens, expiresInSeconds: clamp(connector, tokens) }, body: fields }
  } catch {
    return { kind: 'no_answer', requestSent: true, errorCode: 'no_access_token' }
  }
}

/** A lifetime of nothing or of ten years is not believed (THREATS.md fault 11): `null` is "not known to end". */
function clamp(connector: Connector, tokens: TokenSet): number | null {
  const seconds = tokens.expiresInSeconds
  if (seconds === null || seconds <= 0) return null
  return Math.min(Math.floor(seconds), connector.auth.accessTtlSecondsMax)
}

/** A provider's code as it may be kept and logged: never its free text. */
export const safeCode = (code: string | null): string | null =>
  code && /^[\w.:-]{1,80}$/.test(code) ? code : null
