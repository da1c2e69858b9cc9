import { cookies, headers } from 'next/headers'
import { openSsoFlow, SignInRefused, ssoAuthorizeUrl } from '#lib/identity'
import { ssoCookie } from '../../../../../api/auth/options.ts'
import { leavingPage, refusedPage } from '../pages.ts'

/** Leads the browser on to its identity provider. It writes nothing: the flow is in the browser's own cookie. */
export async function GET(): Promise<Response> {
  const flow = await openSsoFlow((await cookies()).get(ssoCookie('', 0).name)?.value)
  const nonce = (await headers()).get('x-behalf-nonce')
  try {
    if (!flow) throw new SignInRefused('no_flow')
    return leavingPage(await ssoAuthorizeUrl(flow), nonce)
  } catch (error) {
    if (error instanceof SignInRefused) return refusedPage(error, nonce)
    throw error
  }
}
