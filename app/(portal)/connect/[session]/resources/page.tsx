import type { Metadata } from 'next'
import { ResourcePicker } from '#components/portal/resource-picker'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../portal-page.tsx'
import { portalMetadata } from '../../../words.ts'

type Props = PageProps<'/connect/[session]/resources'>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return portalMetadata((await params).session, 'consent.pick_page_title')
}

/** What may be reached, where the person said that they want to pick. */
export default async function ResourcesPage({ params, searchParams }: Props) {
  const [{ session }, asked] = await Promise.all([params, searchParams])
  const one = (name: string) => [asked[name]].flat()[0]
  const content = await inSession(session, async ({ open, flow, t }) => {
    const given = { kind: one('kind'), search: one('search'), cursor: one('cursor') }
    const view = await connect.resourceChoice(open, flow, given, t)
    return <ResourcePicker session={session} view={view} missing={one('missing') === '1'} t={t} />
  })
  return <PortalPage session={session}>{content}</PortalPage>
}
