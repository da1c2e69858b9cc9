import { headers } from 'next/headers'
import { plainNotice, plainPage } from '#components/portal/plain-page'
import type { AppError } from '#lib/errors'
import { translator } from '#lib/i18n'
import { languageIn } from '../language.ts'

const html = (text: string, status: number): Response =>
  new Response(text, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })

/** An error as a page with its status: what happened, and what to do now. */
export function errorPage(error: AppError, given: Headers): Response {
  const { locale, dir } = languageIn(given)
  const nonce = given.get('x-behalf-nonce')
  const response = html(plainNotice(error, { t: translator(locale), dir, nonce }), error.status)
  const { retry_after_seconds: seconds } = error.facts
  if (seconds !== undefined) response.headers.set('retry-after', String(seconds))
  return response
}

/**
 * Takes the browser to another site after a form was sent. Not by a redirect: browsers apply `form-action` to each
 * hop after a submit, and whoever signs in by SSO, or has agreed at the provider before, hops through sites that
 * no policy of ours can name. So that policy stays `'self'`, and this page goes on by itself.
 */
export async function leavingPage(
  to: string,
  place: string,
  nonce: string | null,
  cookie?: string,
): Promise<Response> {
  const { locale, dir } = languageIn(await headers())
  const t = translator(locale)
  const title = t('states.leaving_title', { place })
  const link = { href: to, text: t('states.leaving_link', { place }) }
  const page = plainPage({ t, dir, nonce }, { title, paragraphs: [t('states.leaving_body')], link, to })
  const response = html(page, 200)
  if (cookie) response.headers.set('set-cookie', cookie)
  return response
}
