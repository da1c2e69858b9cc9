import { plainPage } from '#components/portal/plain-page'
import { translator } from '#lib/i18n'
import type { SignInRefused } from '#lib/identity'

// Handlers have no page of their own to give a status, so these are written without the app around them.

const html = (text: string, status: number): Response =>
  new Response(text, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  })

const written = (nonce: string | null) => ({ t: translator('en'), dir: 'ltr' as const, nonce })

/** Goes on to the identity provider by itself, and by a link where a browser does not. */
export const leavingPage = (to: string, nonce: string | null): Response =>
  html(
    plainPage(written(nonce), {
      title: 'To your identity provider',
      paragraphs: ['You sign in there and come back to the console.'],
      link: { href: to, text: 'Continue' },
      to,
    }),
    200,
  )

/** Why nobody was signed in, and what to do now. */
export const refusedPage = (refusal: SignInRefused, nonce: string | null): Response =>
  html(
    plainPage(written(nonce), {
      title: 'You were not signed in',
      paragraphs: [refusal.message],
      alert: true,
      link: { href: '/console/sign-in', text: 'To the sign-in page' },
    }),
    refusal.status,
  )

/** The browser shows the console, not what came between. */
export const onwardTo = (path: string): Response =>
  new Response(null, { status: 303, headers: { location: path, 'cache-control': 'no-store' } })
