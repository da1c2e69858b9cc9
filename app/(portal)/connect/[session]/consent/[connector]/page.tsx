import type { Metadata } from 'next'
import { Consent } from '#components/portal/consent'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../../portal-page.tsx'

export const metadata: Metadata = { title: 'Decide what is allowed', referrer: 'no-referrer' }

/** Who asks for what. Never framed: proxy.ts sends `frame-ancestors 'none'` for this page. */
export default async function ConsentPage({ params }: PageProps<'/connect/[session]/consent/[connector]'>) {
  const { session, connector } = await params
  const content = await inSession(session, async ({ open }) => {
    const { view, hash } = await connect.consentView(open, connector)
    return <Consent session={session} view={view} hash={hash} />
  })
  return <PortalPage session={session}>{content}</PortalPage>
}
