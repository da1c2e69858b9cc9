import { createMcpHandler, type McpServer, type ServerEventBus } from '@modelcontextprotocol/server'
import type { Origin } from '#lib/audit'
import { AppError } from '#lib/errors'
import { traced } from '#lib/http'
import { log } from '#lib/log'
import { cancelUnderway, underway } from './cancel.ts'
import { rpcError } from './errors.ts'
import { type Message, opensUrls, readMessages } from './message.ts'
import { assertOrigin } from './origin.ts'
import { beginSession, openSession, type Session } from './session.ts'

export type { Message } from './message.ts'

/** A request that has been let in. */
export type Served<Who> = {
  who: Who
  /** The revision of 2026, without sessions, or one of 2025. */
  era: 'modern' | 'legacy'
  origin: Origin
  /** Whether a client of 2025 said that it opens addresses; a modern one says so with every request. */
  opensUrls: boolean
  /** Ends with the request, and where a client of 2025 cancels it by another one. */
  signal: AbortSignal
  /** To be called when a call of a tool has ended. */
  over: () => void
}

type Options<Who> = {
  /** The pattern of the route, for the counters. */
  path: string
  /** Who calls, before anything of the message is looked at. @throws AppError with its challenge */
  authenticate: (request: Request, params: Readonly<Record<string, string>>) => Promise<Who>
  /** Names the caller and the endpoint: what a session and a cancellation are bound to. */
  subjectOf: (who: Who) => string
  /** Refuses a message before the protocol answers it. @throws AppError */
  admit?: (who: Who, message: Message) => Promise<void> | void
  /** A server for this one request. */
  serve: (served: Served<Who>) => McpServer | Promise<McpServer>
  /** Tells when something that this caller may list has changed. */
  changes?: (who: Who) => ServerEventBus
  /** When a stream that is open for changes has to end, as the token does; absent for never. */
  endsAt?: (who: Who) => Date | null
  allowedOrigins: () => readonly string[]
}

type Entry<Who> = Omit<Served<Who>, 'era'>

const sessionHeader = 'mcp-session-id'

/**
 * One endpoint of Streamable HTTP, for the revision 2026-07-28 and those of 2025 alike: Origin, authentication, body and
 * session are judged here, in this order, before the SDK sees a message. Nothing is kept between two requests.
 * @see MCP 2026-07-28, Transports
 */
export function createEndpoint<Who>(options: Options<Who>) {
  // What belongs to a request travels beside it: the SDK hands through `extra` as it is. It never sees the token.
  const handlerWith = (bus?: ServerEventBus) =>
    createMcpHandler(
      ({ era, authInfo }) => options.serve({ ...(authInfo?.extra?.entry as Entry<Who>), era }),
      {
        maxRequestBodySize: 1024 * 1024,
        onerror: (err) => log.debug({ err }, 'mcp message refused'),
        ...(bus && { bus }),
      },
    )
  const handler = handlerWith()

  async function post(request: Request, who: Who, origin: Origin): Promise<Response> {
    const subject = options.subjectOf(who)
    const { body, messages } = await readMessages(request)
    const [message, ...more] = messages
    if (!message) throw new AppError('bad_request')
    const session = sessionOf(request, message, subject)
    for (const each of messages) await options.admit?.(who, each)
    if (message.method === 'notifications/cancelled' && session)
      cancelUnderway(session.id, message.params.requestId)
    const { signal, over } = underway(request.signal, session?.id, message)
    const entry: Entry<Who> = { who, origin, opensUrls: session?.opensUrls ?? false, signal, over }
    const given = {
      authInfo: { token: '', clientId: subject, scopes: [], extra: { entry } },
      parsedBody: body,
    }
    if (message.method === 'subscriptions/listen')
      return handlerWith(options.changes?.(who)).fetch(untilTheEnd(request, options.endsAt?.(who)), given)
    const served = await handler.fetch(request, given)
    if (message.method !== 'initialize' || more.length > 0 || !served.ok) return served
    const began = new Response(served.body, served)
    const { capabilities } = message.params
    began.headers.set(sessionHeader, beginSession(subject, opensUrls(capabilities)))
    return began
  }

  return (request: Request, params: Readonly<Record<string, string>> = {}): Promise<Response> =>
    traced(
      request,
      options.path,
      async (origin) => {
        assertOrigin(request, options.allowedOrigins())
        const who = await options.authenticate(request, params)
        // The stream that a GET opens and the session that a DELETE ends are things of 2025 that we do without.
        if (request.method !== 'POST')
          throw new AppError('method_not_allowed', { detail: 'Use POST.' }, { headers: { allow: 'POST' } })
        const response = await post(request, who, origin)
        response.headers.set('cache-control', 'no-store')
        return response
      },
      rpcError,
    )
}

/** @throws AppError `not_found` for a session that is not this caller's: the client then begins another (MCP 2025-11-25) */
function sessionOf(request: Request, { method }: Message, subject: string): Session | null {
  const given = request.headers.get(sessionHeader)
  if (given === null || method === 'initialize') return null
  const session = openSession(given, subject)
  if (!session)
    throw new AppError('not_found', { detail: 'There is no such session. Begin with initialize.' })
  return session
}

/** The same request, over by then at the latest. */
function untilTheEnd(request: Request, endsAt: Date | null | undefined): Request {
  if (!endsAt) return request
  const leftMs = Math.max(0, endsAt.getTime() - Date.now())
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(leftMs)])
  return new Request(request.url, { method: 'POST', headers: request.headers, signal, body: '{}' })
}
