import { plainPage } from '#components/portal/plain-page'
import type { Pages } from '#lib/authorization-server'
import { translator } from '#lib/i18n'
import { languageIn } from '../../language.ts'
import { errorPage } from '../plain-page.ts'

/**
 * What the authorization server answers with where no client can be told of an error. A person can only start again; the
 * last line, as RFC 6749 has it, is for whoever made the app.
 */
export const providerPages: Pages = {
  error: async ({ headers, error, description }) => {
    const { locale, dir } = languageIn(headers)
    const t = translator(locale)
    const page = plainPage(
      { t, dir, nonce: headers.get('x-behalf-nonce') },
      {
        title: t('authorize.over_title'),
        paragraphs: [t('authorize.over_body'), t('authorize.over_next'), `${error}: ${description}`],
        alert: true,
      },
    )
    return page
  },
  tooMany: errorPage,
}
