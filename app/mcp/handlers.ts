import type { Handler } from '#lib/http'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

type Endpoint = (request: Request, params: Readonly<Record<string, string>>) => Promise<Response>

const texts = (params: Record<string, string | string[] | undefined>) =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )

/** An endpoint answers every method itself: which there are is for the protocol to say, to whoever may know. */
export const handlersOf = (endpoint: Endpoint): Record<(typeof methods)[number], Handler> => {
  const handler: Handler = async (request, { params }) => endpoint(request, texts(await params))
  return { GET: handler, POST: handler, PUT: handler, PATCH: handler, DELETE: handler }
}
