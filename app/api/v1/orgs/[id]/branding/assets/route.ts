import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { keepAssetIn, prepareAsset, resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { uploadBrandingAsset } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(uploadBrandingAsset, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        // Decoding takes its time: no transaction is open meanwhile.
        const prepared = await prepareAsset(body.kind, Buffer.from(body.data, 'base64'), body.name)
        return forOrg(tenant, async (tx) => {
          const kept = await keepAssetIn(tx, tenant, prepared, actorOf(caller))
          const details = { kind: kept.kind, sha256: kept.id }
          await audited(tx, tenant, caller, origin, 'branding.asset_uploaded', details)
          return kept
        })
      },
    }),
  },
  key('read'),
)
