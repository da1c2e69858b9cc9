import type { Translator } from '#lib/i18n'
import { keysPath } from './fields.ts'
import { pageStyle } from './page-style.ts'
import { cspHash, escapeHtml as safe } from './render-html.ts'

export type ListedKey = { kid: string; createdAt: Date; retiredAt: Date | null }

/** The list of keys for people who compare a fingerprint. @returns the page, and the policy that it is to be sent with */
export function renderKeysPage(
  t: Translator,
  origin: string,
  keys: readonly ListedKey[],
): { body: string; policy: string } {
  const format = new Intl.DateTimeFormat(t.locale === 'en-XA' ? 'en' : t.locale, {
    dateStyle: 'long',
    timeZone: 'UTC',
  })
  const rows = keys.map(({ kid, createdAt, retiredAt }) => {
    const from = format.format(createdAt)
    const state = retiredAt
      ? t('receipt.keys_retired', { from, to: format.format(retiredAt) })
      : t('receipt.keys_current', { from })
    return `<div><dt>${safe(state)}</dt><dd><code>${safe(kid)}</code></dd></div>`
  })
  const body = [
    '<!doctype html>',
    `<html lang="${safe(t.locale)}" dir="${t.dir}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${safe(t('receipt.keys_title'))}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body><main><div class="card">',
    `<h1>${safe(t('receipt.keys_title'))}</h1>`,
    `<p class="summary">${safe(t('receipt.keys_intro', { origin }))}</p>`,
    '<dl>',
    ...rows,
    '</dl>',
    `<p><a href="${keysPath}">${safe(t('receipt.keys_data'))}</a></p>`,
    '</div></main></body>',
    '</html>',
    '',
  ].join('\n')
  const policy = `default-src 'none'; style-src ${cspHash(pageStyle)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return { body, policy }
}
