import { z } from 'zod'
import type { Origin } from '#lib/audit'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { annotateTrace } from '#lib/log'
import type { Caller } from '#lib/proof'
import type { Contract, Method } from './contract.ts'
import { carriesFile, readCallHeader } from './file-request.ts'
import { once } from './once.ts'
import { json } from './plain.ts'
import { parse, readJson, readQuery } from './read-request.ts'
import { asProblem, traced } from './traced.ts'

type Handled<C extends Contract> = {
  caller: Caller
  params: z.output<NonNullable<C['params']>>
  query: z.output<NonNullable<C['query']>>
  body: z.output<NonNullable<C['body']>>
  origin: Origin
  request: Request
  signal: AbortSignal
}

/** An answer other than the contract's status: a 202, a replay, a stream. */
export type Answer<Body> = Body | Response

/** A proof of possession is for one request, so that all of it is needed. */
type Authenticate = (headers: Headers, request: Request) => Promise<Caller>

type RouteOptions<C extends Contract> = {
  /** Runs before anything of the request but its path is looked at. */
  authenticate: Authenticate
  handle: (input: Handled<C>) => Promise<Answer<z.input<C['output']>>>
}

type NextContext = { params: Promise<Record<string, string | string[] | undefined>> }
export type Handler = (request: Request, context: NextContext) => Promise<Response>

/** Made once: making a schema costs more than most requests. */
const nothing = z.strictObject({})

/** The one way from HTTP into the product: trace, authenticate, parse, handle, render. */
export function route<C extends Contract>(contract: C, options: RouteOptions<C>): Handler {
  return async (request, context) =>
    traced(request, contract.path, async (origin) => {
      const caller = await options.authenticate(request.headers, request)
      annotateTrace({ actor: actorOf(caller), ...(caller.reach && { tenant: caller.reach }) })
      const url = new URL(request.url)
      const rawBody = contract.method === 'GET' ? undefined : await bodyOf(contract, request)
      if (rawBody !== undefined && !contract.body) parse(nothing, rawBody, 'body')
      const params = contract.params ? parse(contract.params, await context.params, 'path') : undefined
      const query = parse(contract.query ?? nothing, readQuery(url), 'query')
      const body = contract.body ? parse(contract.body, rawBody ?? {}, 'body') : undefined
      // The contract took them: what they are called is known, and a query holds no secret.
      annotateTrace({ asked: { query: url.search.slice(1), fields: Object.keys(rawBody ?? {}) } })
      const input = { caller, params, query, body, origin, request, signal: request.signal }
      const run = async (): Promise<Response> => {
        const answer = await options.handle(input as Handled<C>)
        if (answer instanceof Response) return answer
        if (contract.status === 204) return new Response(null, { status: 204 })
        return json(contract.output.parse(answer), contract.status)
      }
      if (!isRunOnce(contract)) return run()
      const asked = { caller, request, pathname: url.pathname, query, body }
      return once(asked, contract.toldOnce ?? [], run)
    })
}

/** The JSON of a request, wherever it stands. */
const bodyOf = ({ files }: Contract, request: Request): Promise<unknown> | unknown =>
  files && carriesFile(request) ? readCallHeader(request) : readJson(request)

/** Whether `route` sees to it that a request is run once per key. */
export const isRunOnce = ({ method, idempotency }: Pick<Contract, 'method' | 'idempotency'>): boolean =>
  method === 'POST' && idempotency === undefined

type Methods = Record<Method, Handler>

/** A resource's handlers by method, with 405 and `Allow` for the rest; a 405 too is for the authenticated only. */
export function resource(handlers: Partial<Methods>, authenticate: Authenticate): Methods {
  const allow = Object.keys(handlers).join(', ')
  const refuse: Handler = (request) =>
    traced(request, '(method not allowed)', async (origin) => {
      await authenticate(request.headers, request)
      const error = new AppError('method_not_allowed', { detail: `Use ${allow}.` })
      const response = asProblem(error, origin.traceId)
      response.headers.set('allow', allow)
      return response
    })
  return { GET: refuse, POST: refuse, PUT: refuse, PATCH: refuse, DELETE: refuse, ...handlers }
}

/** The answer of every path that no route has. */
export const notFound: Handler = (request) =>
  traced(request, '(no route)', () => Promise.reject(new AppError('not_found', { detail: 'No such route.' })))
