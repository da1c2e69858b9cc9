import { createHash } from 'node:crypto'
import { forOrg, type Prisma, type Tx } from '#lib/db'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { fontFrom } from './font.ts'
import { imageFrom } from './image.ts'
import { refused } from './refused.ts'
import type { Asset, AssetKind } from './theme.ts'

/** Bytes of an upload: in base64 it still fits into the body of a request. */
export const assetBytesMax = 700 * 1024
/** Uploads of one org, those of old versions included. */
const assetsMax = 100

/** Where an asset is loaded from: by its digest, so that it can be kept for ever. */
export const assetPath = (tenant: Tenant, sha256: string): string =>
  `/brand/${publicId('organization', tenant.orgId)}/${sha256}`

const listed = {
  sha256: true,
  kind: true,
  content_type: true,
  name: true,
  width: true,
  height: true,
  weight_min: true,
  weight_max: true,
  created_at: true,
  published_at: true,
} as const
type Listed = Prisma.branding_assetsGetPayload<{ select: typeof listed }>

const view = (tenant: Tenant, row: Listed): Asset => ({
  id: row.sha256,
  kind: row.kind as AssetKind,
  content_type: row.content_type,
  name: row.name,
  url: assetPath(tenant, row.sha256),
  width: row.width,
  height: row.height,
  created_at: row.created_at.toISOString(),
})

export const listAssetsIn = async (tx: Tx, tenant: Tenant): Promise<Asset[]> =>
  (
    await tx.branding_assets.findMany({
      where: { org_id: tenant.orgId },
      select: listed,
      orderBy: { id: 'desc' },
    })
  ).map((row) => view(tenant, row))

/** The uploads of these ids that there are, with what a sheet must know of them. */
export const findAssetsIn = (tx: Tx, tenant: Tenant, ids: readonly string[]): Promise<Listed[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : tx.branding_assets.findMany({
        where: { org_id: tenant.orgId, sha256: { in: [...ids] } },
        select: listed,
      })

export type Prepared = {
  kind: AssetKind
  name: string
  sha256: string
  bytes: Buffer
  contentType: string
  width: number | null
  height: number | null
  weights: readonly [number, number] | null
}

/**
 * Looks into an upload and makes of it what is kept; nothing is stored yet.
 * @throws AppError `invalid_request`
 */
export async function prepareAsset(kind: AssetKind, data: Buffer, name?: string): Promise<Prepared> {
  if (data.length === 0) throw refused('data', 'is empty')
  if (data.length > assetBytesMax) throw refused('data', `may be ${assetBytesMax / 1024} KiB at most`)
  const made =
    kind === 'font' ? { ...fontFrom(data), width: null, height: null } : await imageFrom(data, kind)
  const { bytes, contentType, width, height } = made
  return {
    kind,
    name: name ?? ('family' in made ? made.family : kind === 'logo' ? 'Logo' : 'Icon'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes,
    contentType,
    width,
    height,
    weights: 'weights' in made ? made.weights : null,
  }
}

/**
 * Keeps a prepared upload; one that is there already stays as it is. Room is made by what no version and no draft names.
 * @throws AppError `invalid_request` when there is none left
 */
export async function keepAssetIn(
  tx: Tx,
  tenant: Tenant,
  prepared: Prepared,
  by: Prisma.InputJsonObject,
): Promise<Asset> {
  await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR UPDATE`
  const where = { org_id: tenant.orgId, sha256: prepared.sha256 }
  const known = await tx.branding_assets.findFirst({ where, select: listed })
  if (known) return view(tenant, known)
  if ((await tx.branding_assets.count({ where: { org_id: tenant.orgId } })) >= assetsMax) {
    await tx.$executeRaw`DELETE FROM branding_assets a WHERE org_id = ${tenant.orgId}::uuid AND NOT EXISTS
      (SELECT FROM brandings b WHERE b.org_id = a.org_id AND strpos(b.document::text, a.sha256) > 0)`
    if ((await tx.branding_assets.count({ where: { org_id: tenant.orgId } })) >= assetsMax)
      throw refused('data', `is one file too many: an organization keeps ${assetsMax}`)
  }
  const row = await tx.branding_assets.create({
    data: {
      ...where,
      id: newId(),
      kind: prepared.kind,
      content_type: prepared.contentType,
      name: prepared.name,
      bytes: new Uint8Array(prepared.bytes),
      width: prepared.width,
      height: prepared.height,
      weight_min: prepared.weights?.[0] ?? null,
      weight_max: prepared.weights?.[1] ?? null,
      created_by: by,
    },
    select: listed,
  })
  return view(tenant, row)
}

/** An asset as it is served; `published` says whether anybody may load it. */
export const loadAsset = (
  tenant: Tenant,
  sha256: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; contentType: string; published: boolean } | null> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.branding_assets.findFirst({ where: { org_id: tenant.orgId, sha256 } })
    return row && { bytes: row.bytes, contentType: row.content_type, published: row.published_at !== null }
  })
