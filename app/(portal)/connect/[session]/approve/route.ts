import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere, setFlow } from '../../../flow.ts'
import { leavingPage } from '../../../plain-page.ts'
import { portalRoute, seeOther, smallBody } from '../../../portal-route.ts'
import { portalWords } from '../../../words.ts'
import { fieldsOf } from '../form-fields.ts'

const once = ['connector', 'hash', 'duration', 'switch_account']
/** `reach.<kind>`: everything of a kind, or what is picked. */
const reach = /^reach\.([a-z_]{1,50})$/

/** The person's yes, with what they chose. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/approve',
  'page',
  async ({ session, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const form = fieldsOf(await smallBody(request), [...once, reach], ['scopes'])
    const approval = {
      connector: form.one('connector') ?? '',
      scopes: form.all('scopes'),
      hash: form.one('hash') ?? '',
      duration: form.one('duration'),
      limited: form.named(reach, ['all', 'some']).flatMap(([kind, far]) => (far === 'some' ? [kind] : [])),
      switchAccount: form.one('switch_account') === '1',
    }
    const t = await portalWords(session)
    await connect.rememberHost(here.open, request.headers.get('x-behalf-host'))
    const { location, flow } = await connect.approve(here.open, here.flow, approval, origin, t)
    const cookie = await setFlow(flow)
    // One of our own pages, where this connector needs something before, or in place of, a trip to the provider.
    if (location.startsWith('/')) return seeOther(location, cookie)
    return leavingPage(location, new URL(location).host, request.headers.get('x-behalf-nonce'), cookie)
  },
)
