import { z } from 'zod'
import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { hostTranslator, sessionIdOf } from '../../../host-route.ts'
import { portalRoute, smallBody } from '../../../portal-route.ts'
import { assertSession, parseBody } from '../own-session.ts'
import { tell } from '../progress.ts'

const body = z.union([
  z.strictObject({ token: z.string().max(200) }),
  z.strictObject({ resume: z.string().max(2000) }),
])

/**
 * Trades the token of the address, or what a reloaded tab kept, for a handle of this tab: the frame's way in, which
 * needs no cookie.
 */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/handle',
  'json',
  async ({ session, request, origin }) => {
    const given = parseBody(body, await smallBody(request))
    const { open, held } =
      'token' in given ? await withToken(given.token) : await connect.resume(given.resume)
    assertSession(session, sessionIdOf(open))
    const t = hostTranslator(request.headers, open)
    const [view, told] = await Promise.all([
      connect.portalView(open, t.locale),
      tell(open, t, origin.traceId),
    ])
    return Response.json({ ...held, view, told })
  },
)

async function withToken(token: string) {
  if (!token.startsWith('bhf_')) throw new AppError('session_expired')
  const open = await connect.open(token)
  return { open, held: await connect.hold(open) }
}
