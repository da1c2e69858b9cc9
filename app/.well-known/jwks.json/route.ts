import { traced } from '#lib/http'
import { publishedKeys } from '#lib/signing'

export const dynamic = 'force-dynamic'

/**
 * The public keys of what the deployment signs, retired ones too (RFC 7517 §5). Anybody's page may read them: a receipt
 * that somebody opens from their disk asks here whether its key is one of ours.
 */
export const GET = (request: Request): Promise<Response> =>
  traced(request, '/.well-known/jwks.json', async () => {
    const keys = (await publishedKeys()).map(({ jwk }) => jwk)
    return Response.json(
      { keys },
      {
        headers: {
          'content-type': 'application/jwk-set+json',
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
          // Short: a key that was made a minute ago has signed receipts already.
          'cache-control': 'public, max-age=60',
        },
      },
    )
  })
