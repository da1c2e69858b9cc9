import { z } from 'zod'
import { contract } from '#lib/http'
import { asset, assetInput, externalId } from '#lib/tenancy/schema'

export const uploadBrandingAsset = contract({
  operationId: 'uploadBrandingAsset',
  method: 'POST',
  path: '/api/v1/orgs/{id}/branding/assets',
  tag: 'Branding',
  summary: 'Upload a logo, an icon or a font, to be named in a theme',
  description:
    'The id is the SHA-256 of what we made of the file: the same file twice is one asset. It is served to anybody only once a version that names it is published.',
  audit: 'branding.asset_uploaded',
  status: 201,
  params: z.object({ id: externalId }),
  body: assetInput,
  output: asset,
  errors: ['not_found'],
})
