'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { OrderResult } from '#components/console/branding/connector-order'
import type { DraftResult } from '#components/console/branding/draft-form'
import type { UploadResult } from '#components/console/branding/upload'
import type { ConfirmResult } from '#components/console/confirm-action'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { actorOf } from '#lib/identity'
import {
  assetBytesMax,
  discardDraftIn,
  getBrandingIn,
  keepAssetIn,
  prepareAsset,
  publishDraftIn,
  rollbackIn,
  saveDraftIn,
  setConnectorListIn,
} from '#lib/tenancy'
import { theme } from '#lib/tenancy/schema'
import { audited, connectors, originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { pathOf, requireTenant } from '../../session.ts'
import { readDraft } from './read-draft.ts'

const show = () => revalidatePath('/console/[org]/branding', 'page')

/** Keeps the draft as the form has it. */
export async function saveDraft(org: string, _: DraftResult, form: FormData): Promise<DraftResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'branding.manage')
    await forOrg(tenant, async (tx) => {
      const { draft } = await getBrandingIn(tx, tenant)
      await saveDraftIn(tx, tenant, parse(theme, readDraft(form, draft), 'draft'), actorOf(caller))
    })
    show()
    return { saved: 'Draft saved' }
  })
}

const slots = {
  logo_light: 'logo',
  logo_dark: 'logo',
  favicon: 'favicon',
  font: 'font',
} as const
type Slot = keyof typeof slots

/** Puts a file in its place in the draft, or takes it away. A font is there to be chosen. */
export async function upload(
  org: string,
  slot: Slot,
  _: UploadResult,
  form: FormData,
): Promise<UploadResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'branding.manage')
    if (!Object.hasOwn(slots, slot))
      throw new AppError('invalid_request', { detail: 'There is no such place.' })
    if (form.get('remove') === 'yes') await place(null)
    else {
      const file = form.get('file')
      if (!(file instanceof File) || file.size === 0)
        throw new AppError('invalid_request', { detail: 'Choose a file first.' })
      if (file.size > assetBytesMax)
        throw new AppError('invalid_request', {
          detail: `The file may be ${assetBytesMax / 1024} KiB at most.`,
        })
      const prepared = await prepareAsset(slots[slot], Buffer.from(await file.arrayBuffer()))
      const id = await forOrg(tenant, async (tx) => {
        const kept = await keepAssetIn(tx, tenant, prepared, actorOf(caller))
        const origin = originOf(await headers())
        await audited(tx, tenant, caller, origin, 'branding.asset_uploaded', {
          kind: kept.kind,
          sha256: kept.id,
        })
        return kept.id
      })
      await place(id)
    }
    show()
    return null

    async function place(id: string | null): Promise<void> {
      if (slot === 'font') return
      await forOrg(tenant, async (tx) => {
        const { draft } = await getBrandingIn(tx, tenant)
        const { [slot]: _before, ...look } = draft.look ?? {}
        const next = { ...draft, look: { ...look, ...(id !== null && { [slot]: id }) } }
        await saveDraftIn(tx, tenant, parse(theme, next, 'draft'), actorOf(caller))
      })
    }
  })
}

/** Shows the draft to everybody. */
export async function publish(org: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'branding.manage')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const { version, changed_fields } = await publishDraftIn(tx, tenant, actorOf(caller))
      const details = { version: String(version) }
      await audited(tx, tenant, caller, origin, 'branding.published', details, changed_fields)
    })
    show()
    return null
  })
}

/** Publishes an older version once more. */
export async function goBack(org: string, version: number): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'branding.manage')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const made = await rollbackIn(tx, tenant, Math.trunc(Number(version)) || 0, actorOf(caller))
      const details = { version: String(made.version), restored_version: String(version) }
      await audited(tx, tenant, caller, origin, 'branding.published', details, made.changed_fields)
    })
    show()
    return null
  })
}

/** Drops what was not published. */
export async function discard(org: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant } = await requireTenant(String(org), 'branding.manage')
    await forOrg(tenant, (tx) => discardDraftIn(tx, tenant))
    show()
    // A form keeps what was typed into it: another address makes it another form.
    redirect(`${pathOf(tenant)}/branding?fresh=${Date.now()}`)
  })
}

/** Keeps which connectors are offered, and their order; or goes back to what holds without a list. */
export async function saveConnectors(org: string, _: OrderResult, form: FormData): Promise<OrderResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'branding.manage')
    const origin = originOf(await headers())
    const position = (id: string) => Number(form.get(`position.${id}`)) || 999
    const ids = Object.keys(connectors).sort((a, b) => position(a) - position(b))
    const offered = ids.filter((id) => form.get(`offered.${id}`) === 'yes')
    const later = form.get('later') === 'yes'
    const list = {
      mode: later ? ('all' as const) : ('only' as const),
      order: offered,
      hidden: later ? ids.filter((id) => !offered.includes(id)) : [],
    }
    await forOrg(tenant, async (tx) => {
      await setConnectorListIn(tx, tenant, form.get('reset') === 'yes' ? null : list)
      await audited(tx, tenant, caller, origin, 'organization.changed', {}, ['settings.connectors'])
    })
    show()
    return { saved: 'Saved. It holds from now on.' }
  })
}
