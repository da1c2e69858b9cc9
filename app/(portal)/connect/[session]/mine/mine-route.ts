import type { Origin } from '#lib/audit'
import type { Open } from '#lib/connect'
import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere } from '../../../flow.ts'
import { sessionIdOf } from '../../../host-route.ts'
import { bearerOf, portalRoute, seeOther, smallBody } from '../../../portal-route.ts'
import { assertSession } from '../own-session.ts'

type Params = { session: string; account: string }

/** What a step ended in: a page of what is managed, or another place of ours to go to. */
export type Ended = { to: string; leaves?: { url: string; cookie: string } }

/** The session that a request may act in: by the bearer of a frame, or by a form of our own pages in this browser. */
export async function openFor(session: string, request: Request): Promise<Open> {
  if (request.headers.has('authorization')) {
    const open = await connect.open(bearerOf(request.headers))
    assertSession(session, sessionIdOf(open))
    return open
  }
  if (request.method !== 'GET') assertOwnPage(request.headers)
  const here = await openHere(session)
  if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
  return here.open
}

type Work = (input: Params & { open: Open; form: URLSearchParams; origin: Origin }) => Promise<Ended>

/** A step that somebody takes with an account of theirs. By POST alone: looking at a page never ends anything. */
export function mineRoute(path: string, work: Work) {
  const run = async ({
    session,
    account,
    request,
    origin,
  }: Params & { request: Request; origin: Origin }) => {
    const open = await openFor(session, request)
    const form = new URLSearchParams(await smallBody(request))
    return work({ session, account, open, form, origin })
  }
  const page = portalRoute<Params>(path, 'page', async (input) => {
    const { to, leaves } = await run(input)
    return leaves ? seeOther(to, leaves.cookie) : seeOther(to)
  })
  // A frame goes there by itself; what must not be framed opens in a window of its own.
  const frame = portalRoute<Params>(path, 'json', async (input) => {
    const { to, leaves } = await run(input)
    return Response.json(leaves ? { url: leaves.url } : { to })
  })
  return (request: Request, context: { params: Promise<Params> }): Promise<Response> =>
    request.headers.has('authorization') ? frame(request, context) : page(request, context)
}
