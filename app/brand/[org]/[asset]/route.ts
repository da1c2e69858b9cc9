import { lookupTenant } from '#lib/db'
import { AppError } from '#lib/errors'
import { traced } from '#lib/http'
import { permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { loadAsset } from '#lib/tenancy'
import { signedIn } from '../../../(console)/console/session.ts'

type Context = { params: Promise<{ org: string; asset: string }> }

const types = new Set(['image/webp', 'image/png', 'font/woff2', 'font/woff', 'font/ttf', 'font/otf'])

/** Whether somebody is signed in who may see what the org has not published yet. */
async function mayEdit(tenant: Tenant): Promise<boolean> {
  const admin = await signedIn()
  if (admin === null || !permits(admin.caller.role, 'branding.read')) return false
  return admin.caller.reach === null || admin.caller.reach.orgId === tenant.orgId
}

/**
 * A logo, icon or font of an organization, by its digest. What is published anybody may load and keep for ever; the rest
 * is for those who edit the draft, and as absent for others as what never was.
 */
export const GET = (request: Request, context: Context): Promise<Response> =>
  traced(request, '/brand/{org}/{asset}', async () => {
    const { org, asset } = await context.params
    const orgId = parseId('organization', org)
    const tenant = orgId && /^[0-9a-f]{64}$/.test(asset) ? await lookupTenant(orgId) : null
    const found = tenant && (await loadAsset(tenant, asset))
    if (!found || !types.has(found.contentType)) throw new AppError('not_found')
    if (!found.published && !(await mayEdit(tenant))) throw new AppError('not_found')
    return new Response(found.bytes, {
      headers: {
        'content-type': found.contentType,
        'content-length': String(found.bytes.byteLength),
        'cache-control': found.published ? 'public, max-age=31536000, immutable' : 'private, no-store',
        'x-content-type-options': 'nosniff',
        // Opened by itself it is a picture and nothing more, whatever a browser takes it for.
        'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
        'content-disposition': 'inline',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-site',
      },
    })
  })
