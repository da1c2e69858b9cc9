import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { translator } from '#lib/i18n'
import { draftTheme, publishedTheme } from '#lib/tenancy'
import { Dressed } from '../../(portal)/dressed.tsx'
import { languageOf } from '../../language.ts'
import { galleryFor } from '../access.ts'
import { organization, states } from '../states.tsx'

/** No state's own title: an editor of themes looks at the frame and at nothing else. */
export const metadata: Metadata = { title: 'A state of the portal' }

/**
 * One state of the portal with invented facts. `?scheme=light|dark&locale=&dir=` say how: proxy.ts reads them.
 * With `org=` and `theme=draft` it wears what that organization is about to publish.
 */
export default async function GalleryStatePage({ params, searchParams }: PageProps<'/gallery/[state]'>) {
  const [{ state }, asked] = await Promise.all([params, searchParams])
  const [org] = [asked.org].flat()
  const tenant = await galleryFor(org)
  const shown = Object.hasOwn(states, state) ? states[state] : undefined
  if (!shown) return notFound()
  const { locale } = await languageOf()
  const theme = await (tenant
    ? asked.theme === 'draft'
      ? draftTheme(tenant)
      : publishedTheme(tenant)
    : null)
  const t = translator(locale, theme?.overrides(locale))
  const content = await shown.render({ t, session: 'cs_gallery' })
  const name = shown.organization === undefined ? organization : shown.organization
  return (
    <Dressed branding={name === null ? null : { name: theme?.name ?? name, theme }} t={t}>
      {content}
    </Dressed>
  )
}
