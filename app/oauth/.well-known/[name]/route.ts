import { openidMetadata, publicMetadata } from '#lib/authorization-server'
import { json, traced } from '#lib/http'

export const dynamic = 'force-dynamic'

const documents: Readonly<Record<string, () => object>> = {
  'oauth-authorization-server': publicMetadata,
  'openid-configuration': openidMetadata,
}

/** The metadata where clients look that put the well-known name behind the issuer (OpenID Connect Discovery §4). */
export const GET = (request: Request, { params }: { params: Promise<{ name: string }> }): Promise<Response> =>
  traced(request, '/oauth/.well-known/[name]', async () => {
    const { name } = await params
    const document = Object.hasOwn(documents, name) ? documents[name] : undefined
    if (!document) return json({ error: 'not_found' }, 404)
    return json(document(), 200, {
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=60',
    })
  })
