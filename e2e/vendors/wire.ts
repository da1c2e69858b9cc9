/**
 * What the tests of connectors stand on: a real HTTP server in the provider's place, which answers shapes recorded from
 * the provider's documentation and keeps what it received, and a `ToolHttp` that reaches it as the broker would.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Answered,
  type CallOptions,
  type Connector,
  classify,
  cursorsOf,
  dispositionName,
  graphqlErrors,
  graphqlRules,
  mediaTypeOf,
  type ProviderAnswer,
  refusalOf,
  type ToolFiles,
  type ToolHttp,
} from '#lib/connector-kit'

export type Received = {
  method: string
  path: string
  query: Record<string, string | string[]>
  headers: Record<string, string | string[] | undefined>
  body: unknown
}
/** `raw` is a file, sent as it is. */
export type Answer = {
  status?: number
  headers?: Readonly<Record<string, string>>
  body?: unknown
  raw?: string
}
export type Wire = { url: string; received: Received[]; close(): Promise<void> }

const isJson = (type: string | undefined) => /^application\/json\b/.test(type ?? '')

/** @param answers by method and path, such as `GET /user`; anything else is answered with 404 */
export async function startWire(answers: Readonly<Record<string, Answer>>): Promise<Wire> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const url = new URL(request.url ?? '/', 'http://wire')
    const query: Received['query'] = {}
    for (const name of new Set(url.searchParams.keys())) {
      const values = url.searchParams.getAll(name)
      query[name] = values.length > 1 ? values : (values[0] ?? '')
    }
    const method = request.method ?? ''
    received.push({
      method,
      path: url.pathname,
      query,
      headers: request.headers,
      // A file is shown as its text.
      body: text === '' ? undefined : isJson(request.headers['content-type']) ? JSON.parse(text) : text,
    })
    const answer = answers[`${method} ${url.pathname}`] ?? { status: 404, body: { message: 'Not Found' } }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
    response.end(answer.raw ?? JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** An answer as the classification sees it. */
export const answered = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ProviderAnswer => ({ status, headers: new Headers(headers), body, text: JSON.stringify(body) })

export class UpstreamRefusal extends Error {
  readonly is: string
  readonly status: number
  constructor(is: string, status: number) {
    super(`the provider refused: ${is}`)
    this.is = is
    this.status = status
  }
}

/**
 * A tool's way to `origin`, where every base URL of the connector stands; the base that was called is told in `x-base`.
 * @throws UpstreamRefusal as the connector's `apiErrors` read the answer
 */
export function toolHttp(connector: Connector, origin: string, token = 'wire-token'): ToolHttp {
  const answer = async (method: string, path: string, options: CallOptions = {}): Promise<Answered> => {
    const url = new URL(path, origin)
    for (const [name, value] of Object.entries(options.query ?? {})) {
      const values = Array.isArray(value) ? value : [value]
      for (const one of values) if (one !== undefined) url.searchParams.append(name, String(one))
    }
    const response = await fetch(url, {
      method,
      headers: {
        ...options.headers,
        authorization: `Bearer ${token}`,
        'x-base': options.base ?? connector.apiBaseUrl.replace(/[{}]/g, ''),
        ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.json === undefined ? {} : { body: JSON.stringify(options.json) }),
    })
    const text = await response.text()
    const body: unknown = text === '' ? null : JSON.parse(text)
    const refusal = classify(connector.apiErrors, {
      status: response.status,
      headers: response.headers,
      body,
      text,
    })
    if (refusal) throw new UpstreamRefusal(refusal, response.status)
    return { body, header: (name) => response.headers.get(name) }
  }
  const call = async (method: string, path: string, options?: CallOptions) =>
    (await answer(method, path, options)).body
  return {
    getAnswer: (path, options) => answer('GET', path, options),
    graphql: async (query, variables, { path = '/graphql', ...options } = {}) => {
      const { body, header } = await answer('POST', path, { ...options, json: { query, variables } })
      const said = { status: 200, headers: { get: header }, body, text: JSON.stringify(body) }
      const rules = [...connector.apiErrors, ...graphqlRules]
      const refusal = refusalOf(rules, said, graphqlErrors(body).length > 0)
      if (refusal) throw new UpstreamRefusal(refusal.is, 200)
      return (body as { data: unknown }).data
    },
    get: (path, options) => call('GET', path, options),
    post: (path, options) => call('POST', path, options),
    put: (path, options) => call('PUT', path, options),
    patch: (path, options) => call('PATCH', path, options),
    delete: (path, options) => call('DELETE', path, options),
  }
}

/** The cursor of a tool that stands for `at` in the provider's words. */
export const cursorOf = (toolName: string, at: string): string => cursorsOf(toolName).seal(at) ?? ''

/** A tool's way to move a file, in one piece: that it is streamed is the broker's, and tested there. */
function toolFiles(connector: Connector, origin: string, token = 'wire-token', file = ''): ToolFiles {
  const ask = (method: string, path: string, options: CallOptions, body?: string, type?: string) => {
    const url = new URL(path, origin)
    for (const [name, value] of Object.entries(options.query ?? {}))
      if (value !== undefined) url.searchParams.append(name, String(value))
    const headers = {
      ...options.headers,
      authorization: `Bearer ${token}`,
      'x-base': options.base ?? connector.apiBaseUrl.replace(/[{}]/g, ''),
      ...(type !== undefined && { 'content-type': type }),
    }
    return fetch(url, { method, headers, ...(body !== undefined && { body }) })
  }
  const answered = async (response: Response): Promise<Answered> => ({
    body: await response.json(),
    header: (name) => response.headers.get(name),
  })
  return {
    prepare: async (path, options = {}) =>
      answered(await ask('POST', path, options, JSON.stringify(options.json ?? {}), 'application/json')),
    put: async (method, path, { mediaType = 'application/octet-stream', ...options } = {}) =>
      answered(await ask(method, path, options, file, mediaType)),
    give: async (path, { name = 'file', ...options } = {}) => {
      const response = await ask('GET', path, options)
      const bytes = Buffer.from(await response.arrayBuffer())
      return {
        name: dispositionName(response.headers.get('content-disposition')) ?? name,
        media_type: mediaTypeOf(response.headers.get('content-type')),
        size_bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      }
    },
  }
}

/** Runs a tool as the broker does: input parsed by its schema, then `run`. */
export async function runTool(
  connector: Connector,
  origin: string,
  name: string,
  input: unknown,
  token?: string,
  file?: string,
): Promise<unknown> {
  const found = connector.tools[name]
  if (!found) throw new Error(`${connector.id} has no tool ${name}`)
  return found.run({
    input: found.input.parse(input),
    http: toolHttp(connector, origin, token),
    files: toolFiles(connector, origin, token, file),
    executionId: 'exe_wire',
    signal: new AbortController().signal,
  })
}
