import { publicMetadata } from '#lib/authorization-server'
import { json, traced } from '#lib/http'

export const dynamic = 'force-dynamic'

/**
 * RFC 8414 §3.1: the issuer's path comes after the well-known name. Clients that leave it out find the same, as there is
 * one authorization server here.
 */
export const GET = (
  request: Request,
  { params }: { params: Promise<{ path?: string[] }> },
): Promise<Response> =>
  traced(request, '/.well-known/oauth-authorization-server/[[...path]]', async () => {
    const { path = ['oauth'] } = await params
    if (path.join('/') !== 'oauth') return json({ error: 'not_found' }, 404)
    return json(publicMetadata(), 200, {
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=60',
    })
  })
