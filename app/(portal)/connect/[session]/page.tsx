import type { Metadata } from 'next'
import { connect } from '#runtime'
import { PortalPage } from '../../portal-page.tsx'
import { Entry } from './entry.tsx'

export const metadata: Metadata = { title: 'Connect your accounts', referrer: 'no-referrer' }

/** Where a link leads, framed or not; the token is in the fragment, so that this side never sees it. */
export default async function EntryPage({ params }: PageProps<'/connect/[session]'>) {
  const { session } = await params
  const shell = await connect.shell(session)
  return (
    <PortalPage session={session}>
      <Entry session={session} embedOrigins={shell?.frameAncestors ?? []} />
    </PortalPage>
  )
}
