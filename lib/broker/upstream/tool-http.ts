import {
  type CallOptions,
  type Connector,
  refusalOf,
  retryAfterSeconds,
  type Tool,
  type ToolHttp,
} from '#lib/connector-kit'
import { type Egress, EgressError, type EgressResponse } from '#lib/egress'
import { AppError } from '#lib/errors'
import { metrics } from '#lib/log'
import {
  type AuthConfig,
  accessHeader,
  addressedBy,
  baseUrlsOf,
  pinnedHosts,
  secretsIn,
  urlOf,
} from '#lib/oauth'
import type { CredentialRef, Lent } from '#lib/vault'
import { parseJson, publicBody, redactSecrets } from '../redact.ts'

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
    })
  }
}

type Wiring = {
  egress: Egress
  connector: Connector
  auth: AuthConfig
  lent: Lent
  tool: Tool
  signal: AbortSignal
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Builds the address of a call. The path comes from our own tools with each caller's value through `segment()`; what
 * could still climb or leave the host is refused (THREATS.md B3).
 */
export function addressOf(base: string, path: string, query: CallOptions['query']): URL {
  const decoded = decodeURIComponent(path.replaceAll('%2F', '').replaceAll('%2f', ''))
  if (!/^\/(?!\/)/.test(path) || /[\\?#\p{Cc}]/u.test(path) || /(^|\/)\.\.?(\/|$)/.test(decoded)) {
    throw new AppError('invalid_request', { detail: 'A parameter cannot be used in an address.' })
  }
  const url = new URL(base.replace(/\/+$/, '') + path)
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of [value].flat()) if (item !== undefined) url.searchParams.append(name, String(item))
  }
  return url
}

/** The provider's API for one execution: authorised, pinned to the connector's hosts, its answers redacted. */
export function toolHttp(wiring: Wiring): ToolHttp {
  const { egress, connector, lent, signal } = wiring
  const auth = addressedBy(wiring.auth, connector, lent.fields)
  const bases = baseUrlsOf(connector, auth)
  const call = async (method: Method, path: string, options: CallOptions = {}): Promise<unknown> => {
    const base =
      options.base === undefined ? urlOf(connector, auth, connector.apiBaseUrl) : (bases[options.base] ?? '')
    const body = options.json === undefined ? undefined : JSON.stringify(options.json)
    let response: EgressResponse
    try {
      response = await egress.request({
        purpose: 'provider',
        method,
        url: addressOf(base, path, options.query),
        hosts: pinnedHosts(connector, auth),
        headers: {
          accept: 'application/json',
          'user-agent': 'behalf',
          ...options.headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...accessHeader(connector, lent),
        },
        ...(body !== undefined && { body }),
        signal,
      })
    } catch (error) {
      throw egressFailure(error, wiring)
    }
    metrics.upstreamRequests.inc({ connector: connector.id, status: String(response.status) })
    return readAnswer(wiring, response)
  }
  return {
    get: (path, options) => call('GET', path, options),
    post: (path, options) => call('POST', path, options),
    put: (path, options) => call('PUT', path, options),
    patch: (path, options) => call('PATCH', path, options),
    delete: (path, options) => call('DELETE', path, options),
  }
}

/** Whether a call that got no answer may have happened all the same. */
const unsure = (tool: Tool, requestSent: boolean) =>
  tool.effect !== 'read' && requestSent ? { outcome: 'unknown' as const, retryable: false } : {}

function egressFailure(error: unknown, { connector, tool, signal }: Wiring): unknown {
  if (!(error instanceof EgressError)) return error
  metrics.upstreamRequests.inc({ connector: connector.id, status: error.kind })
  const facts = unsure(tool, error.requestSent)
  if (error.kind === 'timeout' || (error.kind === 'aborted' && signal.aborted)) {
    return new AppError('upstream_timeout', { detail: `${connector.name} did not answer in time.`, ...facts })
  }
  const detail = `${connector.name} could not be reached or answered something unreadable.`
  return new AppError('upstream_error', { detail, ...facts }, { internal: `egress_${error.kind}` })
}

function readAnswer({ connector, lent, tool }: Wiring, response: EgressResponse): unknown {
  const text = redactSecrets(response.text(), [...lent.secrets, ...secretsIn(connector, lent)])
  const parsed = text === '' ? { ok: true as const, value: null } : parseJson(text)
  const body = parsed.ok ? parsed.value : null
  const { status, headers } = response
  const refusal = refusalOf(connector.apiErrors, { status, headers, body, text })
  if (refusal === null) {
    if (parsed.ok) return body
    // Success in another language: a login page, a proxy's word (THREATS.md fault 7).
    throw new AppError('upstream_error', {
      detail: `${connector.name} answered something that is not JSON.`,
      ...unsure(tool, true),
    })
  }
  switch (refusal.is) {
    case 'expired':
    case 'ambiguous':
      throw new RefusedByProvider(connector, lent.credential, false)
    case 'dead':
    case 'expired_refresh':
    case 'interaction':
      throw new RefusedByProvider(connector, lent.credential, true)
    case 'rate_limited':
      throw new AppError('upstream_rate_limited', {
        detail: `${connector.name} limits the rate.`,
        retry_after_seconds: retryAfterSeconds(headers, Date.now()) ?? 1,
      })
    case 'transient':
      throw new AppError('upstream_error', { detail: `${connector.name} failed.`, ...unsure(tool, true) })
    default:
      throw new AppError(
        'upstream_rejected',
        {
          detail: `${connector.name} refused the call.`,
          upstream: { status, body: publicBody(body, text) },
        },
        { internal: `${refusal.is} ${refusal.code}` },
      )
  }
}
