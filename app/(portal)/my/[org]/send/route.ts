import { after } from 'next/server'
import { z } from 'zod'
import { connect } from '#runtime'
import { assertOwnPage } from '../../../flow.ts'
import { portalRoute, seeOther, smallBody } from '../../../portal-route.ts'

const address = z.email().max(320)

/** Has a link mailed. The answer is the same, and as quick, whether the address is known here or not. */
export const POST = portalRoute<{ org: string }>(
  '/my/[org]/send',
  'page',
  async ({ org, request, origin }) => {
    assertOwnPage(request.headers)
    const given = address.safeParse(new URLSearchParams(await smallBody(request)).get('email')?.trim())
    if (given.success) after(() => connect.mailManageLink(org, given.data, origin))
    return seeOther(`/my/${encodeURIComponent(org)}?sent=1`)
  },
)
