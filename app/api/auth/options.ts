import { hkdfSync } from 'node:crypto'
import type { NextAuthOptions } from 'next-auth'
import { encode } from 'next-auth/jwt'
import CredentialsProvider from 'next-auth/providers/credentials'
import { config } from '#lib/config'
import { log } from '#lib/log'
import { returnPath } from './return-path.ts'
import { signInWithLink } from './sign-in-with-link.ts'
import type { SessionUser } from './signed-in-as.ts'

declare module 'next-auth' {
  interface User {
    sessionVersion: number
    authTime: number
  }
  interface Session {
    memberId: string
    sessionVersion: number
    authTime: number
  }
}

/** How long a console session lasts from its sign-in, in seconds; it is not prolonged by use. */
const sessionSeconds = 8 * 60 * 60

const isHttps = () => config().publicUrl.startsWith('https://')

/** `__Host-` binds a cookie to this very origin (RFC 6265bis §4.1.3.2); browsers take it over https only. */
const cookieName = (what: string) => `${isHttps() ? '__Host-' : ''}behalf-console-${what}`

const cookie = (what: string) => ({
  name: cookieName(what),
  options: { httpOnly: true, sameSite: 'lax' as const, path: '/', secure: isHttps() },
})

/** Takes the session cookie back; a browser ignores that for a `__Host-` name unless it is as secure as the first. */
export function endedSessionCookie() {
  const { name, options } = cookie('session')
  return { name, value: '', ...options, maxAge: 0 }
}

/** The same session as next-auth makes, for a sign-in that ended elsewhere than at one of its addresses. */
export async function sessionCookieFor({ id, sessionVersion, authTime }: SessionUser) {
  const { name, options } = cookie('session')
  const token = { memberId: id, sessionVersion, authTime }
  const value = await encode({ token, secret: secret(), maxAge: sessionSeconds })
  return { name, value, ...options, maxAge: sessionSeconds }
}

/** What ties a single sign-on to this browser while it is at the identity provider. @param value empty to take it back */
export function ssoCookie(value: string, maxAge: number) {
  const { name, options } = cookie('sso')
  return { name, value, ...options, maxAge: value === '' ? 0 : maxAge }
}

/** A key of its own: what seals another cookie cannot make one of these. */
const secret = () =>
  Buffer.from(hkdfSync('sha256', config().sessionSecret, '', 'behalf/console-session', 32)).toString('base64')

function build(): NextAuthOptions {
  // next-auth reads its origin from the environment only; ours is the one in the configuration.
  process.env.NEXTAUTH_URL = config().publicUrl
  return {
    secret: secret(),
    session: { strategy: 'jwt', maxAge: sessionSeconds },
    pages: { signIn: '/console/sign-in', error: '/console/sign-in' },
    useSecureCookies: isHttps(),
    cookies: { sessionToken: cookie('session'), callbackUrl: cookie('return'), csrfToken: cookie('csrf') },
    providers: [
      CredentialsProvider({
        id: 'sign-in-link',
        name: 'Sign-in link',
        credentials: { token: { type: 'password' } },
        authorize: (credentials) => signInWithLink(credentials?.token),
      }),
    ],
    callbacks: {
      jwt: ({ token, user }) =>
        user ? { memberId: user.id, sessionVersion: user.sessionVersion, authTime: user.authTime } : token,
      session: ({ session, token }) => ({
        expires: session.expires,
        memberId: String(token.memberId),
        sessionVersion: Number(token.sessionVersion),
        authTime: Number(token.authTime),
      }),
      redirect: ({ url, baseUrl }) =>
        url.startsWith('/console/sign-in')
          ? `${baseUrl}${url}`
          : `${baseUrl}${returnPath(url, baseUrl) ?? '/console'}`,
    },
    logger: {
      // The metadata may hold what was posted.
      error: (code) => log.warn({ code }, 'console sign-in'),
      warn: () => undefined,
      debug: () => undefined,
    },
  }
}

let built: NextAuthOptions | undefined

/** next-auth's options, made on first use: the build loads this module without a configuration. */
export const authOptions = (): NextAuthOptions => {
  built ??= build()
  return built
}
