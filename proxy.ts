import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { config as configuration } from '#lib/config'
import { connect } from '#runtime'

/** Sets headers and nothing else: every page and handler authorises for itself, as if this were absent. */
export const config = {
  matcher: ['/', '/connect/:path*', '/c/:path*', '/gallery/:path*', '/console/:path*', '/docs/:path*'],
}

/** The one page that may be framed: `/connect/{session}` itself. Consent, below it, never may. */
const framed = /^\/connect\/(cs_[^/]+)\/?$/

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
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${ancestors.length > 0 ? ancestors.join(' ') : "'none'"}`,
  ].join('; ')
}

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname } = request.nextUrl
  const session = framed.exec(pathname)?.[1]
  const gallery = /^\/gallery(\/|$)/.test(pathname)
  const ancestors = gallery
    ? ["'self'"]
    : session
      ? ((await connect.shell(session))?.frameAncestors ?? [])
      : []
  const nonce = randomBytes(16).toString('base64')
  const policy = contentSecurityPolicy(nonce, ancestors)

  const forwarded = new Headers(request.headers)
  forwarded.set('content-security-policy', policy)
  forwarded.set('x-behalf-nonce', nonce)
  const asked = gallery ? request.nextUrl.searchParams : new URLSearchParams()
  for (const name of ['locale', 'dir', 'scheme']) {
    const value = asked.get(name)
    if (value) forwarded.set(`x-behalf-${name}`, value)
  }
  const response = NextResponse.next({ request: { headers: forwarded } })

  const flow = /^\/(connect|c)\//.test(pathname)
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
  return response
}
