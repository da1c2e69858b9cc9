import { config } from '#lib/config'
import { renderKeysPage } from '#lib/consent'
import { traced } from '#lib/http'
import { negotiate, translator } from '#lib/i18n'
import { publishedKeys } from '#lib/signing'

export const dynamic = 'force-dynamic'

/** The keys of receipts for people: fingerprints to compare with, by eye. */
export const GET = (request: Request): Promise<Response> =>
  traced(request, '/.well-known/behalf-receipt-keys', async () => {
    const t = translator(negotiate(null, request.headers.get('accept-language')))
    const { body, policy } = renderKeysPage(t, config().publicUrl, await publishedKeys())
    return new Response(body, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        vary: 'accept-language',
        'cache-control': 'public, max-age=60',
      },
    })
  })
