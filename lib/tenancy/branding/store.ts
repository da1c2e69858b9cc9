import { deployment, forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { findAssetsIn, listAssetsIn } from './assets.ts'
import { failures, type PortalTheme, portalTheme, repairsOf } from './portal-theme.ts'
import { textFaults } from './texts.ts'
import { type AssetKind, type Branding, type BrandingVersion, type Theme, theme } from './theme.ts'

type Row = Awaited<ReturnType<Tx['brandings']['findFirstOrThrow']>>
export type Author = Prisma.InputJsonObject & { type: string; id: string | null }
export type Published = { version: number; changed_fields: string[] }

const versionsShown = 50

/** A stored document. One that a newer version of Behalf does not take any more is no theme: its org looks like ours. */
const themeOf = (document: unknown): Theme => theme.safeParse(document).data ?? {}

const publishedRow = (tx: Tx, tenant: Tenant): Promise<Row | null> =>
  tx.brandings.findFirst({
    where: { org_id: tenant.orgId, version: { not: null } },
    orderBy: { version: 'desc' },
  })
const draftRow = (tx: Tx, tenant: Tenant): Promise<Row | null> =>
  tx.brandings.findFirst({ where: { org_id: tenant.orgId, version: null } })

/** What `PUT /api/v1/orgs/{id}` set before there were versions: one colour and three addresses. */
async function simpleTheme(tx: Tx, tenant: Tenant): Promise<Theme | null> {
  const row = await tx.organizations.findUnique({ where: { id: tenant.orgId }, select: { branding: true } })
  const { primary, ...links } = (row?.branding ?? {}) as { primary?: string }
  const found = themeOf({ ...links, ...(primary && { light: { primary }, dark: { primary } }) })
  return Object.keys(found).length > 0 ? found : null
}

const publishedIn = async (tx: Tx, tenant: Tenant): Promise<Theme | null> => {
  const row = await publishedRow(tx, tenant)
  return row ? themeOf(row.document) : simpleTheme(tx, tenant)
}

const idsIn = (of: Theme): string[] =>
  (['font_body', 'font_heading', 'font_mono', 'logo_light', 'logo_dark', 'favicon'] as const).flatMap(
    (token) => {
      const value = of.look?.[token]
      return value !== undefined && /^[0-9a-f]{64}$/.test(value) ? value : []
    },
  )

const readyIn = async (tx: Tx, owner: Tenant, of: Theme): Promise<PortalTheme> =>
  portalTheme(owner, of, await findAssetsIn(tx, owner, idsIn(of)))

// Made once for each version: a version never changes, nor do the files that it names.
const ready = new Map<string, PortalTheme>()
const readyMax = 500

/** The look of an organization; one that has published none looks as the deployment does. */
export async function publishedTheme(tenant: Tenant): Promise<PortalTheme> {
  const own = await forOrg(tenant, async (tx) => {
    const row = await publishedRow(tx, tenant)
    const known = row && ready.get(row.id)
    if (known) return known
    const found = row ? themeOf(row.document) : await simpleTheme(tx, tenant)
    if (found === null) return null
    const made = await readyIn(tx, tenant, found)
    if (row) {
      if (ready.size >= readyMax) ready.clear()
      ready.set(row.id, made)
    }
    return made
  })
  if (own) return own
  if (tenant.orgId === deployment.orgId) return portalTheme(tenant, {}, [])
  const shared = await publishedTheme(deployment)
  return { ...shared, name: null }
}

/** What publishing now would make of it; for those who edit it alone. */
export const draftTheme = (tenant: Tenant): Promise<PortalTheme> =>
  forOrg(tenant, async (tx) => {
    const row = await draftRow(tx, tenant)
    return readyIn(tx, tenant, row ? themeOf(row.document) : ((await publishedIn(tx, tenant)) ?? {}))
  })

function* leaves(value: unknown, path: string): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) yield [path, value]
  else
    for (const [key, inner] of Object.entries(value))
      yield* leaves(inner, path === '' ? key : `${path}.${key}`)
}

/** The paths at which two themes say something else. */
export function changedFields(before: Theme, after: Theme): string[] {
  const [was, is] = [new Map(leaves(before, '')), new Map(leaves(after, ''))]
  return [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path)).sort()
}

const kindOf: Readonly<Record<string, readonly AssetKind[]>> = {
  font_body: ['font'],
  font_heading: ['font'],
  font_mono: ['font'],
  logo_light: ['logo'],
  logo_dark: ['logo'],
  favicon: ['favicon'],
}

/** @throws AppError `invalid_request` for a text or an upload that does not fit */
async function assertWholeIn(tx: Tx, tenant: Tenant, of: Theme): Promise<void> {
  const faults = textFaults(of.texts ?? {})
  const found = await findAssetsIn(tx, tenant, idsIn(of))
  for (const [token, kinds] of Object.entries(kindOf)) {
    const id = of.look?.[token as keyof typeof kindOf & 'favicon']
    if (id === undefined || !/^[0-9a-f]{64}$/.test(id)) continue
    if (!found.some((asset) => asset.sha256 === id && kinds.includes(asset.kind as AssetKind)))
      faults.push({ path: `look.${token}`, message: `is no uploaded ${kinds.join(' or ')}` })
  }
  const [first] = faults
  if (first)
    throw new AppError('invalid_request', {
      detail: `The theme does not fit: ${first.path} ${first.message}.`,
      param: first.path,
      errors: faults,
    })
}

const lock = (tx: Tx, tenant: Tenant) =>
  tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR UPDATE`

/** Keeps a draft in place of the one before. @throws AppError `invalid_request` */
export async function saveDraftIn(tx: Tx, tenant: Tenant, draft: Theme, by: Author): Promise<void> {
  await assertWholeIn(tx, tenant, draft)
  await lock(tx, tenant)
  const data = { document: draft as Prisma.InputJsonObject, created_by: by, created_at: new Date() }
  const kept = await tx.brandings.updateMany({ where: { org_id: tenant.orgId, version: null }, data })
  if (kept.count === 0)
    await tx.brandings.create({ data: { ...data, org_id: tenant.orgId, id: newId(), version: null } })
}

/** @throws AppError `invalid_request` for a theme that cannot be read */
async function publishIn(
  tx: Tx,
  tenant: Tenant,
  next: Theme,
  by: Author,
  restored: number | null,
): Promise<Published> {
  const unreadable = failures(next)
  if (unreadable.length > 0)
    throw new AppError('invalid_request', {
      detail:
        'The theme cannot be read well enough to be published: change the colours, or let contrast be repaired.',
      param: 'contrast',
      errors: unreadable.flatMap(({ scheme, short }) =>
        short.slice(0, 20).map(({ colour, ratio, ratioMin }) => ({
          path: `${scheme}.${colour}`,
          message: `has a contrast of ${Math.floor(ratio * 100) / 100}:1 where ${ratioMin}:1 is needed`,
        })),
      ),
    })
  await lock(tx, tenant)
  const last = await publishedRow(tx, tenant)
  const before = last ? themeOf(last.document) : ((await simpleTheme(tx, tenant)) ?? {})
  const version = (last?.version ?? 0) + 1
  const changed = changedFields(before, next)
  await tx.brandings.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      version,
      document: next as Prisma.InputJsonObject,
      changed_fields: changed,
      restored_version: restored,
      created_by: by,
    },
  })
  const ids = idsIn(next)
  if (ids.length > 0)
    await tx.branding_assets.updateMany({
      where: { org_id: tenant.orgId, sha256: { in: ids }, published_at: null },
      data: { published_at: new Date() },
    })
  const { support_url, privacy_url, terms_url } = next
  const simple = { primary: next.light?.primary, support_url, privacy_url, terms_url }
  // What the organization itself answers with, and the consent screen reads.
  await tx.organizations.update({
    where: { id: tenant.orgId },
    data: { branding: JSON.parse(JSON.stringify(simple)) as Prisma.InputJsonObject, updated_at: new Date() },
  })
  return { version, changed_fields: changed }
}

/** Shows the draft to everybody. @throws AppError `conflict` when there is none, `invalid_request` when it cannot be read */
export async function publishDraftIn(tx: Tx, tenant: Tenant, by: Author): Promise<Published> {
  const draft = await draftRow(tx, tenant)
  if (!draft) throw new AppError('conflict', { detail: 'There is no draft to publish.' })
  const next = themeOf(draft.document)
  await assertWholeIn(tx, tenant, next)
  const made = await publishIn(tx, tenant, next, by, null)
  await tx.brandings.deleteMany({ where: { org_id: tenant.orgId, version: null } })
  return made
}

/** Publishes an older version once more, under a new number. The draft stays. @throws AppError `not_found` */
export async function rollbackIn(tx: Tx, tenant: Tenant, version: number, by: Author): Promise<Published> {
  const old = await tx.brandings.findFirst({ where: { org_id: tenant.orgId, version } })
  if (!old) throw new AppError('not_found', { detail: `There is no version ${version}.` })
  return publishIn(tx, tenant, themeOf(old.document), by, version)
}

/** The colour and addresses of `PUT /api/v1/orgs/{id}`: they take the place of those that are published. */
export async function publishSimpleIn(
  tx: Tx,
  tenant: Tenant,
  simple: { [Field in 'primary' | 'support_url' | 'privacy_url' | 'terms_url']?: string | undefined },
  by: Author,
): Promise<Published> {
  const current = (await publishedIn(tx, tenant)) ?? {}
  const { support_url: _s, privacy_url: _p, terms_url: _t, light, dark, ...rest } = current
  const { primary, ...links } = simple
  const { primary: _l, ...lightRest } = light ?? {}
  const { primary: _d, ...darkRest } = dark ?? {}
  const next = theme.parse({
    ...rest,
    ...links,
    light: { ...lightRest, ...(primary && { primary }) },
    dark: { ...darkRest, ...(primary && { primary }) },
  })
  return publishIn(tx, tenant, next, by, null)
}

/** Drops what was not published. */
export const discardDraftIn = async (tx: Tx, tenant: Tenant): Promise<void> => {
  await tx.brandings.deleteMany({ where: { org_id: tenant.orgId, version: null } })
}

const versionView = (row: Row): BrandingVersion => ({
  version: row.version ?? 0,
  theme: themeOf(row.document),
  changed_fields: row.changed_fields,
  restored_version: row.restored_version,
  published_by: row.created_by as Author,
  published_at: row.created_at.toISOString(),
})

/** Draft, published version, history and uploads of an org. */
export const getBrandingIn = async (tx: Tx, tenant: Tenant): Promise<Branding> => {
  const draft = await draftRow(tx, tenant)
  const rows = await tx.brandings.findMany({
    where: { org_id: tenant.orgId, version: { not: null } },
    orderBy: { version: 'desc' },
    take: versionsShown,
  })
  const assets = await listAssetsIn(tx, tenant)
  const published = (await publishedIn(tx, tenant)) ?? {}
  const current = draft ? themeOf(draft.document) : published
  const repairs = current.contrast === 'refuse' ? null : current
  return {
    draft: current,
    draft_saved_at: draft?.created_at.toISOString() ?? null,
    unpublished_fields: changedFields(published, current),
    contrast: {
      light: repairs ? repairsOf(repairs, 'light') : [],
      dark: repairs ? repairsOf(repairs, 'dark') : [],
    },
    published: rows[0] ? versionView(rows[0]) : null,
    versions: rows.map((row) => {
      const { theme: _, ...rest } = versionView(row)
      return rest
    }),
    assets,
  }
}

export const getBranding = (tenant: Tenant): Promise<Branding> =>
  forOrg(tenant, (tx) => getBrandingIn(tx, tenant))
