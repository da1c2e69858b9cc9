import type { Origin } from '#lib/audit'
import { networkOf } from '#lib/limits'
import { asked, nothingAsked, withAsked } from '../asked.ts'
import { answerByProvider } from '../bridge.ts'
import { enter } from '../doors.ts'
import { issuer, routes } from '../issuer.ts'
import type { Carrier } from './answer.ts'
import type { DeviceError } from './device-sources.ts'

const at = () => `${issuer()}${routes.code_verification}`

/**
 * A person says that the code they typed is on a device of their own. What the device asks for is then an interaction of
 * this browser: only the session that entered the code can answer it, and the code is good for no other entry.
 * @returns the answer that sends the browser to its interaction, or why the code leads nowhere
 * @throws AppError `rate_limited` where so many were typed that they are guesses
 * @see RFC 8628 §3.3, §5.1, §5.4
 */
export async function enterDeviceCode(
  { headers }: Carrier,
  userCode: string,
  origin: Origin,
): Promise<Response | DeviceError> {
  await enter('user_code', networkOf(origin.ip))
  const entry = { xsrf: '', error: null as DeviceError | null }
  return withAsked({ ...nothingAsked(), deviceEntry: entry }, async () => {
    const given = headers.get('cookie') ?? ''
    const accept = { accept: 'text/html' }
    const begun = await answerByProvider(new Request(at(), { headers: { ...accept, cookie: given } }))
    const form = new URLSearchParams({ xsrf: entry.xsrf, user_code: userCode, confirm: 'yes' })
    const answered = await answerByProvider(
      new Request(at(), {
        method: 'POST',
        headers: {
          ...accept,
          cookie: merged(given, begun.headers.getSetCookie()),
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: form.toString(),
      }),
    )
    const failed = asked().deviceEntry?.error ?? null
    if (failed !== null) return failed
    const location = answered.headers.get('location')
    if (answered.status !== 303 || location === null) return 'failed'
    const sent = new Headers({ location, 'cache-control': 'no-store' })
    for (const cookie of [...begun.headers.getSetCookie(), ...answered.headers.getSetCookie()])
      sent.append('set-cookie', cookie)
    return new Response(null, { status: 303, headers: sent })
  })
}

/** The cookies as the browser would send them once it had the new ones. */
function merged(given: string, set: readonly string[]): string {
  const cookies = new Map<string, string>()
  const put = (pair: string) => {
    const [name = '', ...value] = pair.split('=')
    cookies.set(name.trim(), value.join('='))
  }
  for (const pair of given.split(';').filter((one) => one.trim() !== '')) put(pair)
  for (const cookie of set) put(cookie.split(';')[0] ?? '')
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
