import { BehalfError } from './error.ts'
import { type Once, parse, problemOf, type Sent, type Transport } from './transport.ts'
import type { OperationId } from './types.ts'
import { operations, type Wire } from './wire.ts'

type Part<Name extends string, Value> = [Value] extends [undefined]
  ? { [Key in Name]?: undefined }
  : Record<never, never> extends Value
    ? { [Key in Name]?: Value }
    : { [Key in Name]: Value }

/** What an operation takes, by place. */
export type Given<Id extends OperationId> = Part<'path', Wire[Id]['path']> &
  Part<'query', Wire[Id]['query']> &
  Part<'body', Wire[Id]['body']>

type AnyGiven = { path?: object | undefined; query?: object | undefined; body?: unknown }

/** Any operation of the reference, by its name. */
export type Request = <Id extends OperationId>(
  id: Id,
  given: Given<Id>,
  call?: Once,
) => Promise<Wire[Id]['answer']>

/** How an operation is sent. @throws BehalfError `invalid_request` for an id that is none */
export function sentOf(id: OperationId, { path = {}, query = {}, body }: AnyGiven): Sent {
  const [method, template, again] = operations[id]
  const parts = path as Record<string, string>
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => segment(parts[name] ?? ''))
  return {
    method,
    path: `${filled}${queryString(query)}`,
    again,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  }
}

export const createRequest =
  (send: Transport, baseUrl: string): Request =>
  async <Id extends OperationId>(id: Id, given: Given<Id>, call: Once = {}) =>
    send(sentOf(id, given), call, async (response) => {
      if (response.status === 204) return undefined as Wire[Id]['answer']
      const answer = parse(await response.text())
      if (answer === undefined) throw problemOf(baseUrl, response.status, answer)
      return answer as Wire[Id]['answer']
    })

/** An id is one segment of the path, whatever it contains; dots alone would climb, and nothing names the list. */
function segment(id: string): string {
  if (/^\.{0,2}$/.test(id)) throw new BehalfError(0, { code: 'invalid_request', detail: `"${id}" is no id` })
  return encodeURIComponent(id)
}

function queryString(query: object): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ''
}
