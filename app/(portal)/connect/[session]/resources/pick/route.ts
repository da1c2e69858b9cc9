import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere, setFlow } from '../../../../flow.ts'
import { leavingPage } from '../../../../plain-page.ts'
import { portalRoute, seeOther, smallBody } from '../../../../portal-route.ts'
import { portalWords } from '../../../../words.ts'
import { fieldsOf } from '../../form-fields.ts'

const steps = ['search', 'more', 'done'] as const

/** What the person ticked, with what they want next. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/resources/pick',
  'page',
  async ({ session, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const form = fieldsOf(await smallBody(request), ['kind', 'cursor', 'search', 'next'], ['shown', 'pick'])
    // Enter in the search field sends no button.
    const next = steps.find((step) => step === form.one('next')) ?? 'search'
    const picked = {
      kind: form.one('kind') ?? '',
      shown: form.all('shown'),
      pick: form.all('pick'),
      next,
      search: form.one('search') ?? '',
      cursor: form.one('cursor') ?? '',
    }
    const t = await portalWords(session)
    const { location, flow } = await connect.pickResources(here.open, here.flow, picked, t, origin)
    const cookie = await setFlow(flow)
    if (location.startsWith('/')) return seeOther(location, cookie)
    return leavingPage(location, new URL(location).host, request.headers.get('x-behalf-nonce'), cookie)
  },
)
