import { json, traced } from '#lib/http'
import { answerOauth } from '#runtime'

export const dynamic = 'force-dynamic'

const handle = (request: Request): Promise<Response> =>
  traced(request, '/oauth/token', () => answerOauth(request))

const refused = async (): Promise<Response> =>
  json({ error: 'invalid_request', error_description: 'POST only' }, 405, { allow: 'POST, OPTIONS' })

/** The token endpoint by itself: server.ts hands it requests without a framework in between. */
export {
  handle as OPTIONS,
  handle as POST,
  refused as DELETE,
  refused as GET,
  refused as PATCH,
  refused as PUT,
}
