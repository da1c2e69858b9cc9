import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { plainNotice } from '#components/portal/plain-page'
import { localesIn, localesOfInteraction } from '#lib/authorization-server'
import { config as configuration } from '#lib/config'
import { toAppError } from '#lib/errors'
import { negotiate, translator } from '#lib/i18n'
import { log } from '#lib/log'
import { connect, sessionOfState } from '#runtime'

/** Sets headers and nothing else: every page and handler authorises for itself, as if this were absent. */
export const config = {
  matcher: [
    '/',
    '/connect/:path*',
    '/c/:path*',
    '/my/:path*',
    '/oauth/authorize/:path*',
    '/oauth/device/:path*',
    '/oauth/interaction/:path*',
    '/gallery/:path*',
    '/console/:path*',
    '/docs/:path*',
  ],
}

/** The one page that may be framed: `/connect/{session}` itself. Consent, below it, never may. */
const framed = /^\/connect\/cs_[^/]+\/?$/

const dev = process.env.NODE_ENV === 'development'

/** @param ancestors origins that may frame the page; none for almost all */
function contentSecurityPolicy(nonce: string, ancestors: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ''}`,
    `style-src 'self' ${dev ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    // The editor of a look shows the portal's states in the console.
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${ancestors.length > 0 ? ancestors.join(' ') : "'none'"}`,
  ].join('; ')
}

/** The session that an address belongs to, as far as the address says. */
async function sessionOf({ pathname, searchParams }: NextRequest['nextUrl']): Promise<string | null> {
  const [, first, second, third] = pathname.split('/')
  if (first === 'c' && second) return (await connect.linkShell(second))?.session ?? null
  if (first !== 'connect' || !second) return null
  if (second === 'callback' && third) return sessionOfState(searchParams.get('state'))
  return second
}

/** The languages that a client asks the pages of its authorization to be in. */
async function askedOfOauth({ pathname, searchParams }: NextRequest['nextUrl']): Promise<string[]> {
  const [, , page, uid] = pathname.split('/')
  if (page === 'authorize') return localesIn(searchParams.get('ui_locales'))
  return page === 'interaction' && uid ? localesOfInteraction(uid) : []
}

type Facts = { ancestors: readonly string[]; forwarded: Readonly<Record<string, string | null>> }

/** What of a session its page's headers depend on: who may frame it, and the language it is in. */
async function portalFacts({ nextUrl, headers }: NextRequest): Promise<Facts> {
  const accept = headers.get('accept-language')
  const practice = dev || configuration().sandbox !== null
  if (/^\/gallery(\/|$)/.test(nextUrl.pathname)) {
    const { searchParams } = nextUrl
    return {
      ancestors: ["'self'"],
      forwarded: {
        locale: negotiate(searchParams.get('locale'), accept, true),
        dir: searchParams.get('dir'),
        scheme: searchParams.get('scheme'),
      },
    }
  }
  if (!isFlow(nextUrl.pathname)) return { ancestors: [], forwarded: {} }
  if (nextUrl.pathname.startsWith('/oauth/')) {
    const locale = negotiate(await askedOfOauth(nextUrl), accept, practice)
    return { ancestors: [], forwarded: { locale } }
  }
  const session = await sessionOf(nextUrl)
  const shell = session === null ? null : await connect.shell(session)
  return {
    ancestors: framed.test(nextUrl.pathname) ? (shell?.frameAncestors ?? []) : [],
    forwarded: { locale: negotiate(shell?.locale ?? null, accept, practice) },
  }
}

const isFlow = (pathname: string): boolean => /^\/(connect|c|my|oauth)\//.test(pathname)

/** Whether a person waits for a page, rather than a script for an answer. */
const wantsPage = ({ method, headers }: NextRequest): boolean =>
  method === 'GET' && (headers.get('accept') ?? '').includes('text/html')

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const nonce = randomBytes(16).toString('base64')
  let facts: Facts = { ancestors: [], forwarded: {} }
  let response: NextResponse | undefined
  try {
    facts = await portalFacts(request)
  } catch (thrown) {
    const error = toAppError(thrown)
    log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
    // A handler says so in its own way; a page has no way of its own to give its status.
    if (wantsPage(request)) {
      const t = translator(negotiate(null, request.headers.get('accept-language')))
      const again = { href: request.nextUrl.href, text: t('states.try_again') }
      response = new NextResponse(plainNotice(error, { t, dir: t.dir, nonce }, again), {
        status: error.status,
        headers: { 'content-type': 'text/html; charset=utf-8' },
      })
    }
  }
  const policy = contentSecurityPolicy(nonce, facts.ancestors)
  if (!response) {
    const forwarded = new Headers(request.headers)
    forwarded.set('content-security-policy', policy)
    forwarded.set('x-behalf-nonce', nonce)
    for (const [name, value] of Object.entries(facts.forwarded)) {
      if (value !== null) forwarded.set(`x-behalf-${name}`, value)
    }
    response = NextResponse.next({ request: { headers: forwarded } })
  }
  setHeaders(response, request.nextUrl.pathname, policy, facts.ancestors)
  return response
}

function setHeaders(
  response: NextResponse,
  pathname: string,
  policy: string,
  ancestors: readonly string[],
): void {
  const flow = isFlow(pathname)
  const set = (name: string, value: string) => response.headers.set(name, value)
  set('content-security-policy', policy)
  // A window of the flow goes to the provider and back; isolating it would cut it off from the page that waits.
  set('cross-origin-opener-policy', flow ? 'unsafe-none' : 'same-origin')
  set('referrer-policy', flow ? 'no-referrer' : 'same-origin')
  set('x-content-type-options', 'nosniff')
  set(
    'permissions-policy',
    'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
  )
  set('cache-control', 'no-store')
  // For browsers without frame-ancestors; it cannot name origins, so the framed page goes without.
  if (ancestors.length === 0) set('x-frame-options', 'DENY')
  if (configuration().publicUrl.startsWith('https:')) set('strict-transport-security', 'max-age=63072000')
}
