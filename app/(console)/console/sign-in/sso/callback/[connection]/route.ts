import { cookies, headers } from 'next/headers'
import type { NextRequest } from 'next/server'
import { config } from '#lib/config'
import { finishSso, SignInRefused } from '#lib/identity'
import { sessionCookieFor, ssoCookie } from '../../../../../../api/auth/options.ts'
import { returnPath } from '../../../../../../api/auth/return-path.ts'
import { signedInAs } from '../../../../../../api/auth/signed-in-as.ts'
import { ssoRecorder } from '../../../../../../api/auth/sso.ts'
import { onwardTo, refusedPage } from '../../pages.ts'

type Context = { params: Promise<{ connection: string }> }

/** Longest query that an identity provider's answer may be. */
const queryMax = 8 * 1024

/**
 * Where an identity provider sends the browser back to. It is the cookie that shows whose sign-in this is: another site
 * that leads a browser here, with an answer of its own, signs nobody in.
 */
export async function GET(request: NextRequest, { params }: Context): Promise<Response> {
  const jar = await cookies()
  const { name } = ssoCookie('', 0)
  const sealed = jar.get(name)?.value
  const { search, searchParams } = request.nextUrl
  const nonce = (await headers()).get('x-behalf-nonce')
  if (sealed !== undefined) jar.set(ssoCookie('', 0))
  try {
    if (search.length > queryMax) throw new SignInRefused('provider_error')
    const { connection } = await params
    const given = new URLSearchParams(searchParams)
    const { member, flow, authTime } = await finishSso(connection, sealed, given, await ssoRecorder())
    jar.set(await sessionCookieFor(await signedInAs(member, 'sso', authTime)))
    return onwardTo(returnPath(flow.returnTo, config().publicUrl) ?? '/console')
  } catch (error) {
    if (error instanceof SignInRefused) return refusedPage(error, nonce)
    throw error
  }
}
