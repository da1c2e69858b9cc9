import { AppError } from '#lib/errors'
import { traced } from '#lib/http'
import { protectedResource } from '#lib/mcp'

export const dynamic = 'force-dynamic'

/** What a client needs to know of one of our resources to get a token for it (RFC 9728). Pages may read it. */
export const GET = (request: Request): Promise<Response> =>
  traced(request, '/.well-known/oauth-protected-resource', async () => {
    const { pathname } = new URL(request.url)
    const found = protectedResource(pathname.slice('/.well-known/oauth-protected-resource'.length))
    if (!found) throw new AppError('not_found', { detail: 'There is no such resource.' })
    return Response.json(found, {
      headers: {
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'public, max-age=300',
      },
    })
  })
