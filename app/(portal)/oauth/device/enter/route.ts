import { enterDeviceCode } from '#lib/authorization-server'
import { assertOwnPage } from '../../../flow.ts'
import { portalRoute, seeOther, smallBody } from '../../../portal-route.ts'

/** The person says that the code is on a device of their own: what it asks for comes next, in this browser alone. */
export const POST = portalRoute<Record<string, string>>(
  '/oauth/device/enter',
  'page',
  async ({ request, origin }) => {
    assertOwnPage(request.headers)
    const form = new URLSearchParams(await smallBody(request))
    const entered = await enterDeviceCode(request, (form.get('user_code') ?? '').slice(0, 100), origin)
    return typeof entered === 'string' ? seeOther(`/oauth/device?error=${entered}`) : entered
  },
)
