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
import { type Lasting, lastingBus, takePlace } from './streams.ts'

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
  /** How long a stream that is open for changes may last; absent for ever. */
  lasting?: (who: Who) => Lasting
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
    if (message.method === 'subscriptions/listen') return listen(request, who, given)
    const served = await handler.fetch(request, given)
    if (message.method !== 'initialize' || more.length > 0 || !served.ok) return served
    const began = new Response(served.body, served)
    const { capabilities } = message.params
    began.headers.set(sessionHeader, beginSession(subject, opensUrls(capabilities)))
    return began
  }

  /** A stream of its own, which is told of changes until its token ends. */
  async function listen(
    request: Request,
    who: Who,
    given: Parameters<typeof handler.fetch>[1],
  ): Promise<Response> {
    const bus = options.changes?.(who)
    const lasting = options.lasting?.(who)
    if (!bus || !lasting) return handlerWith(bus).fetch(request, given)
    const leave = takePlace(lasting.caller)
    let listens = false
    const own = lastingBus(bus, lasting, () => void watched.close(), leave)
    const watched = handlerWith({
      publish: own.publish,
      subscribe(listener) {
        listens = true
        return own.subscribe(listener)
      },
    })
    try {
      return await watched.fetch(request, given)
    } finally {
      // What was refused, or asked to be told of nothing, holds no place.
      if (!listens) leave()
    }
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
