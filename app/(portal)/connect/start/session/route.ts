import { z } from 'zod'
import { connect } from '#runtime'
import { assertHost, hostRoute, hostTranslator, sessionIdOf } from '../../../host-route.ts'
import { smallBody } from '../../../portal-route.ts'
import { parseBody } from '../../[session]/own-session.ts'
import { tell } from '../../[session]/progress.ts'

const body = z.union([
  z.strictObject({ token: z.string().max(200), follow: z.boolean().optional() }),
  z.strictObject({ resume: z.string().max(2000) }),
])

/**
 * What a token is of, for a page that has nothing else; and, where that page follows the session itself, what it
 * follows by. The body's type is of no matter: as plain text it needs no question beforehand.
 */
export const POST = hostRoute('/connect/start/session', async ({ request, origin }) => {
  const given = parseBody(body, await smallBody(request))
  if ('token' in given) {
    const open = await connect.open(given.token)
    assertHost(request.headers, open)
    return answer(open, given.follow ? await connect.hold(open) : {})
  }
  const { open, held } = await connect.resume(given.resume)
  assertHost(request.headers, open)
  return answer(open, held)

  async function answer(open: Awaited<ReturnType<typeof connect.open>>, held: object): Promise<Response> {
    const t = hostTranslator(request.headers, open)
    const told = await tell(open, t, origin.traceId)
    return Response.json({ id: sessionIdOf(open), ...held, told, texts: t.texts('embed') })
  }
})
