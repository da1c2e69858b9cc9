import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere } from '../../../../../flow.ts'
import { portalRoute, seeOther, smallBody } from '../../../../../portal-route.ts'

type Params = { session: string; connector: string }

/** Asks an administrator; how it stands is on the page that this leads back to. */
export const POST = portalRoute<Params>(
  '/connect/[session]/request/[connector]/send',
  'page',
  async ({ session, connector, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const form = new URLSearchParams(await smallBody(request))
    const scopes = form.getAll('scopes')
    const query = new URLSearchParams(scopes.map((scope) => ['scopes', scope]))
    const page = `/connect/${session}/request/${encodeURIComponent(connector)}?${query}`
    const reason = form.get('reason') ?? ''
    if (reason.trim() === '') return seeOther(`${page}&fault=1`)
    try {
      await connect.askForApproval(
        here.open,
        { connector, scopes, reason: reason.trim().slice(0, 500) },
        origin,
      )
    } catch (thrown) {
      // Needed no more: the page itself says so, and goes on.
      if (!(thrown instanceof AppError) || thrown.code !== 'conflict') throw thrown
    }
    return seeOther(page)
  },
)
