import { AppError } from '#lib/errors'
import { json } from '#lib/http'
import { connect, noteRefusal } from '#runtime'
import { afterEntering, setFlow } from '../../flow.ts'
import { portalRoute, seeOther, smallBody } from '../../portal-route.ts'

/**
 * The assertion of a form post. Nothing but a form's type is taken: then browsers ask nothing beforehand, and who may
 * read the answer is decided by what is signed.
 */
async function assertionOf(request: Request): Promise<string> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new AppError('unsupported_media_type', { detail: 'Send a form with the field assertion.' })
  }
  const given = new URLSearchParams(await smallBody(request)).getAll('assertion')
  const [assertion] = given
  if (assertion === undefined || given.length !== 1)
    throw new AppError('invalid_request', { detail: 'Send the field assertion once.', param: 'assertion' })
  return assertion
}

const traded = async (request: Request, origin: Parameters<typeof connect.sso>[2]) => {
  const assertion = await assertionOf(request)
  try {
    return await connect.sso(assertion, request.headers.get('origin'), origin)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthenticated') await noteRefusal(request.headers)
    throw error
  }
}

/** A form in the host's page: the browser itself comes here, and enters. */
const entering = portalRoute('/connect/sso', 'page', async ({ request, origin }) => {
  const { session } = await traded(request, origin)
  const { open, flow } = await connect.enter(session.token)
  return seeOther(await afterEntering(flow.session, open, null), await setFlow(flow))
})

/** A script in the host's page: it gets what its backend would have got from `POST /api/v1/connect_sessions`. */
const answering = portalRoute('/connect/sso', 'json', async ({ request, origin }) => {
  const { session, origin: reader } = await traded(request, origin)
  const answer = json(session, 201)
  answer.headers.set('access-control-allow-origin', reader)
  answer.headers.append('vary', 'origin')
  return answer
})

/** Trades a host's assertion of who is signed in for a session (docs/sso.md). */
export const POST: typeof entering = (request, context) =>
  (request.headers.get('sec-fetch-mode') === 'navigate' ? entering : answering)(request, context)
