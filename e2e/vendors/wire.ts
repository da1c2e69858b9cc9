/**
 * What the tests of connectors stand on: a real HTTP server in the provider's place, which answers shapes recorded from
 * the provider's documentation and keeps what it received, and a `ToolHttp` that reaches it as the broker would.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Answered,
  type CallOptions,
  type Connector,
  classify,
  cursorsOf,
  type ProviderAnswer,
  type ToolHttp,
} from '#lib/connector-kit'

export type Received = {
  method: string
  path: string
  query: Record<string, string | string[]>
  headers: Record<string, string | string[] | undefined>
  body: unknown
}
export type Answer = { status?: number; headers?: Readonly<Record<string, string>>; body: unknown }
export type Wire = { url: string; received: Received[]; close(): Promise<void> }

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
      body: text === '' ? undefined : JSON.parse(text),
    })
    const answer = answers[`${method} ${url.pathname}`] ?? { status: 404, body: { message: 'Not Found' } }
    response.writeHead(answer.status ?? 200, { ...answer.headers, 'content-type': 'application/json' })
    response.end(JSON.stringify(answer.body))
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
    graphql: async (query, variables, { path = '/graphql', ...options } = {}) =>
      ((await call('POST', path, { ...options, json: { query, variables } })) as { data: unknown }).data,
    get: (path, options) => call('GET', path, options),
    post: (path, options) => call('POST', path, options),
    put: (path, options) => call('PUT', path, options),
    patch: (path, options) => call('PATCH', path, options),
    delete: (path, options) => call('DELETE', path, options),
  }
}

/** The cursor of a tool that stands for `at` in the provider's words. */
export const cursorOf = (toolName: string, at: string): string => cursorsOf(toolName).seal(at) ?? ''

/** Files are streamed by the broker alone: its tests run the tools that move them. */
const noFile = () => Promise.reject(new Error('no files here'))

/** Runs a tool as the broker does: input parsed by its schema, then `run`. */
export async function runTool(
  connector: Connector,
  origin: string,
  name: string,
  input: unknown,
  token?: string,
): Promise<unknown> {
  const found = connector.tools[name]
  if (!found) throw new Error(`${connector.id} has no tool ${name}`)
  return found.run({
    input: found.input.parse(input),
    http: toolHttp(connector, origin, token),
    files: { prepare: noFile, put: noFile, give: noFile },
    executionId: 'exe_wire',
    signal: new AbortController().signal,
  })
}
