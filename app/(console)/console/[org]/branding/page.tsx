import type { Metadata } from 'next'
import Link from 'next/link'
import { ColourField } from '#components/console/branding/colour-field'
import { ConnectorOrder } from '#components/console/branding/connector-order'
import { ContrastReport } from '#components/console/branding/contrast-report'
import { DraftForm } from '#components/console/branding/draft-form'
import { History } from '#components/console/branding/history'
import { Preview } from '#components/console/branding/preview'
import { Upload } from '#components/console/branding/upload'
import { fieldsInWords } from '#components/console/branding/words'
import { ConfirmAction } from '#components/console/confirm-action'
import { Time } from '#components/console/time'
import { Field, Input, Select } from '#components/ui/field'
import { type MessageKey, messageOf } from '#lib/i18n'
import { isLocale, locales } from '#lib/i18n/schema'
import {
  colourNames,
  connectorListOf,
  getBranding,
  inListOrder,
  overridableTexts,
  palettesBefore,
} from '#lib/tenancy'
import { connectors } from '#runtime'
import { states } from '../../../../gallery/states.tsx'
import type { SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { discard, goBack, publish, saveConnectors, saveDraft, upload } from './actions.ts'
import { Choice, Colours, FontChoice, Links, More, Shape, Texts } from './fields.tsx'

export const metadata: Metadata = { title: 'Branding' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

const languages = new Intl.DisplayNames('en', { type: 'language' })
const images = 'image/png,image/jpeg,image/webp,image/gif,image/svg+xml'

export default async function BrandingPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'branding.read')
  const { tenant } = admin
  const path = `${pathOf(tenant)}/branding`
  const org = decodeURIComponent(pathOf(tenant).slice('/console/'.length))
  const [branding, list, asked] = await Promise.all([
    getBranding(tenant),
    connectorListOf(tenant),
    searchParams,
  ])
  const one = (name: string) => [asked[name]].flat()[0]
  const { draft, assets } = branding
  const look = draft.look ?? {}
  const before = palettesBefore(draft)
  const textsIn = one('texts') ?? 'en'
  const locale = isLocale(textsIn) ? textsIn : 'en'
  const stateNames = Object.keys(states)
  const state = one('state')
  const first = {
    state:
      state && stateNames.includes(state)
        ? state
        : (stateNames.find((name) => /consent|scope/.test(name)) ?? stateNames[0] ?? ''),
    width: ['320', '390', '768', '1280'].includes(one('width') ?? '') ? (one('width') ?? '390') : '390',
    scheme: one('scheme') ?? 'light',
    locale: one('locale') ?? 'en',
  }
  const ids = Object.keys(connectors)
  const offered = inListOrder(list, ids)
  const shown = (id: string | undefined, dark: boolean) => {
    const found = assets.find((asset) => asset.id === id)
    return found ? { src: found.url, width: found.width, height: found.height, dark } : null
  }
  const place = (slot: 'logo_light' | 'logo_dark' | 'favicon' | 'font', label: string, hint: string) => (
    <Upload
      key={slot}
      action={upload.bind(null, org, slot)}
      label={label}
      hint={hint}
      accept={slot === 'font' ? '.woff2,.woff,.ttf,.otf' : images}
      shown={slot === 'font' ? null : shown(look[slot], slot === 'logo_dark')}
      removable={slot !== 'font' && look[slot] !== undefined}
    />
  )
  const changes = branding.unpublished_fields
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="branding">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">
            {isDeployment(tenant) ? 'Branding of the deployment' : 'Branding'}
          </h1>
          <p className="mt-1 max-w-prose text-sm text-muted-fg">
            {isDeployment(tenant)
              ? 'How the portal looks for every organization that has published no look of its own.'
              : 'How the portal looks to the people of this organization.'}{' '}
            {branding.published ? (
              <>
                Version {branding.published.version} is live since{' '}
                <Time at={branding.published.published_at} />.
              </>
            ) : (
              'Nothing is published yet.'
            )}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {branding.draft_saved_at !== null && (
            <ConfirmAction
              action={discard.bind(null, org)}
              label="Discard draft"
              title="Discard the draft?"
              confirm="Discard"
              variant="danger"
            >
              <p>What is not published is gone: {fieldsInWords(changes)}.</p>
            </ConfirmAction>
          )}
          {branding.draft_saved_at !== null && (
            <ConfirmAction
              action={publish.bind(null, org)}
              label="Publish"
              title="Publish this look?"
              confirm="Publish now"
            >
              <p>From the next page on everybody sees it. What changes: {fieldsInWords(changes)}.</p>
              <p>The version before is kept, and one click away.</p>
            </ConfirmAction>
          )}
        </div>
      </div>

      <div className="mt-6 grid gap-8 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <div className="grid min-w-0 content-start gap-4">
          <DraftForm
            key={`${branding.published?.version} ${locale} ${one('fresh')}`}
            action={saveDraft.bind(null, org)}
          >
            <div className="grid gap-4 rounded-card border border-border bg-card p-4">
              <Field
                label="Name"
                hint="Stands above every screen. Who asks stays the organization’s own name."
              >
                <Input name="name" maxLength={80} defaultValue={draft.name ?? ''} autoComplete="off" />
              </Field>
              <ColourField
                name="light.primary"
                label="Brand colour"
                value={draft.light?.primary ?? ''}
                follows={before.light.primary ?? '#000000'}
              />
              <Choice
                name="look.radius_control"
                label="Corners"
                value={look.radius_control}
                ours="Rounded, 8 px"
                options={[
                  ['0', 'Square'],
                  ['4', 'Slightly rounded, 4 px'],
                  ['12', 'Soft, 12 px'],
                  ['24', 'Round, 24 px'],
                ]}
              />
              <FontChoice name="look.font_body" label="Font" value={look.font_body} assets={assets} />
            </div>
            <More title="Brand colour by night">
              <ColourField
                name="dark.primary"
                label="Brand colour, dark"
                value={draft.dark?.primary ?? ''}
                follows={before.dark.primary ?? '#000000'}
              />
            </More>
            <More title="More colours">
              <Colours
                draft={draft}
                follows={before}
                only={colourNames.filter((name) => name !== 'primary')}
              />
            </More>
            <More title="Shape and size">
              <Shape look={look} />
              <FontChoice
                name="look.font_heading"
                label="Font of headings"
                value={look.font_heading}
                assets={assets}
              />
              <FontChoice
                name="look.font_mono"
                label="Font of technical names"
                value={look.font_mono}
                assets={assets}
              />
            </More>
            <More title="Links and the line below">
              <Links draft={draft} />
            </More>
            <More title={`Texts in ${languages.of(locale)}`}>
              <p className="text-xs text-muted-fg">
                Leave a field empty to have our text. What stands in braces must stay. The words of consent
                are ours.
              </p>
              <Texts
                locale={locale}
                texts={overridableTexts.map((key) => ({
                  key,
                  ours: messageOf(locale, key as MessageKey),
                  own: draft.texts?.[locale]?.[key] ?? '',
                }))}
              />
            </More>
            <More title="Readability">
              <Choice
                name="contrast"
                label="Colours that cannot be read"
                value={draft.contrast === 'refuse' ? 'refuse' : undefined}
                ours="Repair them"
                options={[['refuse', 'Take mine as they are, or do not publish']]}
              />
            </More>
          </DraftForm>

          <form action={path} className="flex items-end gap-2">
            <Field label="Language of the texts">
              <Select name="texts" defaultValue={locale}>
                {locales.map((code) => (
                  <option key={code} value={code}>
                    {languages.of(code)}
                  </option>
                ))}
              </Select>
            </Field>
            <button
              type="submit"
              className="min-h-10 rounded-control border border-input bg-card px-3 text-sm"
            >
              Edit
            </button>
          </form>

          <section className="grid gap-3" aria-label="Files">
            {place('logo_light', 'Logo', 'PNG, JPEG, WebP, GIF or SVG, 700 KiB at most. We draw it anew.')}
            {place('logo_dark', 'Logo by night', 'Without one, the logo above is shown.')}
            {place('favicon', 'Icon', 'Square; shown in the tab.')}
            {place('font', 'Font', 'WOFF2, WOFF, TTF or OTF. It can then be chosen above.')}
          </section>
        </div>

        <div className="grid min-w-0 content-start gap-8 lg:sticky lg:top-4">
          <Preview
            org={org}
            states={Object.entries(states).map(([name, { title }]) => ({ name, title }))}
            locales={locales.map((code) => ({ code, name: languages.of(code) ?? code }))}
            first={first}
            stamp={branding.draft_saved_at ?? String(branding.published?.version ?? 0)}
          />
        </div>
      </div>

      <section className="mt-10">
        <h2 className="font-semibold">Readability</h2>
        <p className="mt-1 mb-3 max-w-prose text-sm text-muted-fg">
          {draft.contrast === 'refuse'
            ? 'Colours are taken as they are. A look that cannot be read is not published.'
            : 'Text that could not be read on its background is moved, as little as needed. Nothing else is.'}
        </p>
        <ContrastReport contrast={branding.contrast} refuses={draft.contrast === 'refuse'} />
      </section>

      <section className="mt-10" id="connectors">
        <h2 className="font-semibold">Connectors</h2>
        <p className="mt-1 mb-3 max-w-prose text-sm text-muted-fg">
          Which connectors the portal offers, and in which order.{' '}
          {list.from === 'deployment' && !isDeployment(tenant) && 'This is the deployment’s list.'}
          {list.from === 'default' && 'There is no list yet: all are offered.'}
        </p>
        <ConnectorOrder
          action={saveConnectors.bind(null, org)}
          connectors={[...offered, ...ids.filter((id) => !offered.includes(id))].flatMap((id) => {
            const connector = connectors[id]
            return connector ? { id, name: connector.name, offered: offered.includes(id) } : []
          })}
          later={list.mode === 'all'}
          own={list.from === (isDeployment(tenant) ? 'deployment' : 'organization')}
          fallback={isDeployment(tenant) ? 'Offer all' : 'Follow the deployment'}
        />
      </section>

      <section className="mt-10">
        <h2 className="mb-3 font-semibold">History</h2>
        {branding.versions.length === 0 ? (
          <p className="text-sm text-muted-fg">
            What you publish is kept here, and every version can be gone back to. The same can be done by{' '}
            <Link href="/docs#branding" className="text-link underline underline-offset-2">
              the API
            </Link>
            .
          </p>
        ) : (
          <History versions={branding.versions} goBack={(version) => goBack.bind(null, org, version)} />
        )}
      </section>
    </ConsoleShell>
  )
}
