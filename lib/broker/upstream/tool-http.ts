import type { CallOptions, ToolHttp } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { accessHeader, addressedBy, baseUrlsOf, pinnedHosts, urlOf } from '#lib/oauth'
import { type Answer, isWrite, type Outgoing, send, type Wiring } from './send.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

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

/**
 * A request of a tool's: authorised, pinned to the connector's hosts, a write under the execution's own key, so that the
 * provider knows a call that it has seen; a second write has another.
 */
export function requestOf(
  wiring: Wiring,
  method: Method,
  path: string,
  options: CallOptions = {},
  isGraphql = false,
): Outgoing {
  const { connector, lent, tool, progress } = wiring
  const auth = addressedBy(wiring.auth, connector, lent.fields)
  const base =
    options.base === undefined
      ? urlOf(connector, auth, connector.apiBaseUrl)
      : (baseUrlsOf(connector, auth)[options.base] ?? '')
  const keyHeader = (): Record<string, string> => {
    if (!tool.idempotencyKey || !isWrite(wiring, method)) return {}
    progress.writes++
    const nth = progress.writes === 1 ? '' : `-${progress.writes}`
    return { [tool.idempotencyKey.header]: `${wiring.executionId}${nth}` }
  }
  const body = options.json === undefined ? undefined : JSON.stringify(options.json)
  return {
    method,
    url: addressOf(base, path, options.query),
    hosts: pinnedHosts(connector, auth),
    headers: {
      accept: 'application/json',
      'user-agent': 'behalf',
      ...options.headers,
      ...keyHeader(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...accessHeader(connector, lent),
    },
    ...(body !== undefined && { body }),
    isGraphql,
  }
}

/** The provider's API for one execution: authorised, pinned to the connector's hosts, its answers redacted. */
export function toolHttp(wiring: Wiring): ToolHttp {
  const call = async (
    method: Method,
    path: string,
    options?: CallOptions,
    isGraphql = false,
  ): Promise<Answer> => send(wiring, requestOf(wiring, method, path, options, isGraphql))
  const bodyOf = async (method: Method, path: string, options?: CallOptions) =>
    (await call(method, path, options)).body
  return {
    get: (path, options) => bodyOf('GET', path, options),
    post: (path, options) => bodyOf('POST', path, options),
    put: (path, options) => bodyOf('PUT', path, options),
    patch: (path, options) => bodyOf('PATCH', path, options),
    delete: (path, options) => bodyOf('DELETE', path, options),
    getAnswer: async (path, options) => {
      const { body, response } = await call('GET', path, options)
      return { body, header: (name) => response.headers.get(name) }
    },
    graphql: async (query, variables, { path = '/graphql', ...options } = {}) => {
      const { body } = await call('POST', path, { ...options, json: { query, variables } }, true)
      return typeof body === 'object' && body !== null && 'data' in body ? body.data : null
    },
  }
}
