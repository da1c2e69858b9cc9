import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployment, forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import {
  connectorListOf,
  draftTheme,
  getBranding,
  inListOrder,
  keepAssetIn,
  loadAsset,
  prepareAsset,
  publishDraftIn,
  publishedTheme,
  publishSimpleIn,
  rollbackIn,
  saveDraftIn,
  setConnectorListIn,
} from '#lib/tenancy'
import type { Theme } from '#lib/tenancy/schema'
import { root } from '../../../scripts/install.mjs'
import { pngOf } from '../../../scripts/testing/hostile-theme.ts'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())

const by = { type: 'test', id: 'test' }
let orgs = 0
async function newOrg(): Promise<Tenant> {
  const org = `brand-${orgs++}`
  await practice.session({ org_id: org, user_id: 'u_1' })
  return practice.tenant(org)
}
const save = (tenant: Tenant, theme: Theme) => forOrg(tenant, (tx) => saveDraftIn(tx, tenant, theme, by))
const publish = (tenant: Tenant) => forOrg(tenant, (tx) => publishDraftIn(tx, tenant, by))
const show = async (tenant: Tenant, theme: Theme) => {
  await save(tenant, theme)
  return publish(tenant)
}

test('a draft is seen by nobody before it is published, and each version stays as it was', async () => {
  const org = await newOrg()
  expect(await publishedTheme(org)).toMatchObject({ sheet: null, logo: null, hideBadge: false })
  await save(org, { light: { primary: '#aa0000' }, hide_badge: true })
  expect((await publishedTheme(org)).sheet).toBeNull()
  expect((await draftTheme(org)).sheet).toContain('--bhf-primary:light-dark(#aa0000,')
  expect(await getBranding(org)).toMatchObject({
    published: null,
    unpublished_fields: ['hide_badge', 'light.primary'],
  })
  expect(await publish(org)).toEqual({ version: 1, changed_fields: ['hide_badge', 'light.primary'] })
  expect(await publishedTheme(org)).toMatchObject({ hideBadge: true })

  await show(org, { light: { primary: '#0000aa' }, name: 'Acme' })
  expect((await publishedTheme(org)).sheet).toContain('#0000aa')
  expect((await publishedTheme(org)).name).toBe('Acme')
  const back = await forOrg(org, (tx) => rollbackIn(tx, org, 1, by))
  expect(back).toMatchObject({ version: 3, changed_fields: ['hide_badge', 'light.primary', 'name'] })
  expect((await publishedTheme(org)).sheet).toContain('#aa0000')
  const { versions } = await getBranding(org)
  expect(versions.map(({ version, restored_version }) => [version, restored_version])).toEqual([
    [3, 1],
    [2, null],
    [1, null],
  ])
  await expect(forOrg(org, (tx) => rollbackIn(tx, org, 9, by))).rejects.toMatchObject({ code: 'not_found' })
  await expect(publish(org)).rejects.toMatchObject({ code: 'conflict' })
})

test('what was published cannot be changed, not even by the owner of the table', async () => {
  const org = await newOrg()
  await show(org, { hide_badge: true })
  await expect(
    superuser.sql(`UPDATE brandings SET document = '{}' WHERE org_id = $1`, [org.orgId]),
  ).rejects.toThrow(/append-only/)
})

test('of many that publish at once each gets a version of its own', async () => {
  const org = await newOrg()
  const versions = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      forOrg(org, async (tx) => (await publishSimpleIn(tx, org, { primary: `#00000${n}` }, by)).version),
    ),
  )
  expect(versions.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('the simple branding of an organization publishes a version and leaves the rest of the look', async () => {
  const org = await newOrg()
  await show(org, { hide_badge: true, look: { radius_card: 0 }, light: { card: '#fffff0' } })
  await forOrg(org, (tx) =>
    publishSimpleIn(tx, org, { primary: '#00aa00', terms_url: 'https://a.test/t' }, by),
  )
  const { published } = await getBranding(org)
  expect(published).toMatchObject({
    version: 2,
    theme: {
      hide_badge: true,
      look: { radius_card: 0 },
      light: { card: '#fffff0', primary: '#00aa00' },
      dark: { primary: '#00aa00' },
      terms_url: 'https://a.test/t',
    },
  })
  const [row] = await superuser.sql('SELECT branding FROM organizations WHERE id = $1', [org.orgId])
  expect(row).toEqual({ branding: { primary: '#00aa00', terms_url: 'https://a.test/t' } })
})

test('an org that has published nothing looks as the deployment does, under its own name', async () => {
  const org = await newOrg()
  await show(deployment, { light: { primary: '#123456' }, name: 'Everybody' })
  expect(await publishedTheme(org)).toMatchObject({ name: null })
  expect((await publishedTheme(org)).sheet).toContain('#123456')
  await show(org, { light: { primary: '#654321' } })
  expect((await publishedTheme(org)).sheet).not.toContain('#123456')
  await show(deployment, {})
})

test('colours that cannot be read are repaired, or refused where repair is not wanted', async () => {
  const org = await newOrg()
  const pale: Theme = { light: { primary: '#ffe600', link: '#ffff99' } }
  await save(org, pale)
  const { contrast } = await getBranding(org)
  expect(contrast.light.map(({ colour }) => colour)).toContain('link')
  for (const { ratio_from, ratio_to, ratio_min } of contrast.light)
    if (ratio_min !== null) {
      expect(ratio_from).toBeLessThan(ratio_min)
      expect(ratio_to).toBeGreaterThanOrEqual(ratio_min)
    }
  await publish(org)
  await save(org, { ...pale, contrast: 'refuse' })
  await expect(publish(org)).rejects.toMatchObject({
    code: 'invalid_request',
    facts: {
      param: 'contrast',
      errors: expect.arrayContaining([expect.objectContaining({ path: 'light.link' })]),
    },
  })
  expect((await getBranding(org)).published?.version).toBe(1)
  expect(await show(org, { contrast: 'refuse' })).toMatchObject({ version: 2 })
})

test('an upload is for those who edit until a version names it, and another org has no part in it', async () => {
  const [org, other] = [await newOrg(), await newOrg()]
  const prepared = await prepareAsset('logo', pngOf(32))
  const logo = await forOrg(org, (tx) => keepAssetIn(tx, org, prepared, by))
  expect(await forOrg(org, (tx) => keepAssetIn(tx, org, prepared, by))).toEqual(logo)
  expect(await loadAsset(org, logo.id)).toMatchObject({ published: false, contentType: 'image/webp' })
  expect(await loadAsset(other, logo.id)).toBeNull()
  await expect(save(other, { look: { logo_light: logo.id } })).rejects.toMatchObject({
    code: 'invalid_request',
  })
  await expect(save(org, { look: { font_body: logo.id } })).rejects.toMatchObject({ code: 'invalid_request' })
  await show(org, { look: { logo_light: logo.id, logo_height: 40 } })
  expect(await loadAsset(org, logo.id)).toMatchObject({ published: true })
  const picture = { src: logo.url, widthPx: 40 }
  expect((await publishedTheme(org)).logo).toEqual({ light: picture, dark: picture, heightPx: 40 })
})

test('an uploaded font is named in the sheet by its address here, and nothing of its own name is', async () => {
  const org = await newOrg()
  const file = join(root, 'node_modules/next/dist/next-devtools/server/font/geist-latin.woff2')
  const prepared = await prepareAsset('font', readFileSync(file))
  const font = await forOrg(org, (tx) => keepAssetIn(tx, org, prepared, by))
  await show(org, {
    look: { font_body: font.id, text_base: 18, density: 'roomy', motion: 'none', dir: 'rtl' },
  })
  const { sheet } = await publishedTheme(org)
  expect(sheet).toContain(
    `@font-face{font-family:"bhf-${font.id.slice(0, 16)}";src:url("${font.url}");font-weight:100 900`,
  )
  expect(sheet).toContain('--text-sm:0.984rem')
  expect(sheet?.match(/url\(/g)).toHaveLength(1)
  expect(sheet).not.toMatch(/Geist|https?:|[<>]/)
})

test('texts of an organization stand in for ours in their language alone', async () => {
  const org = await newOrg()
  await show(org, { texts: { de: { 'catalogue.title': 'Konten verbinden, bitte' } } })
  const { overrides } = await publishedTheme(org)
  expect(overrides('de')).toEqual({ 'catalogue.title': 'Konten verbinden, bitte' })
  expect(overrides('en')).toEqual({})
  await expect(save(org, { texts: { en: { 'consent.decline': 'Maybe later' } } })).rejects.toMatchObject({
    facts: { param: 'texts.en.consent.decline' },
  })
})

test('the connectors offered follow the org, else the deployment, else all are', async () => {
  const org = await newOrg()
  const set = (tenant: Tenant, list: Parameters<typeof setConnectorListIn>[2]) =>
    forOrg(tenant, (tx) => setConnectorListIn(tx, tenant, list))
  const ids = ['github', 'google', 'sandbox', 'slack']
  expect(await connectorListOf(org)).toMatchObject({ mode: 'all', from: 'default' })
  await set(deployment, { mode: 'all', order: ['slack'], hidden: ['google'] })
  expect(inListOrder(await connectorListOf(org), ids)).toEqual(['slack', 'github', 'sandbox'])
  await set(org, { mode: 'only', order: ['sandbox', 'github', 'nothing'], hidden: [] })
  expect(await connectorListOf(org)).toMatchObject({ from: 'organization' })
  expect(inListOrder(await connectorListOf(org), ids)).toEqual(['sandbox', 'github'])
  await set(deployment, null)
  await set(org, null)
  expect(inListOrder(await connectorListOf(org), ids)).toEqual(ids)
})
