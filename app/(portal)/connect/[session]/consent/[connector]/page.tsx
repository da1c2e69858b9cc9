import type { Metadata } from 'next'
import { Consent } from '#components/portal/consent'
import { connect } from '#runtime'
import { nonceOf } from '../../../../flow.ts'
import { inSession, PortalPage } from '../../../../portal-page.tsx'
import { portalMetadata } from '../../../../words.ts'

type Props = PageProps<'/connect/[session]/consent/[connector]'>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return portalMetadata((await params).session, 'consent.page_title')
}

/** Who asks for what. Never framed: proxy.ts sends `frame-ancestors 'none'` for this page. */
export default async function ConsentPage({ params }: Props) {
  const { session, connector } = await params
  const content = await inSession(session, async ({ open, t }) => {
    const { view, hash } = await connect.consentView(open, connector, t)
    return <Consent session={session} view={view} hash={hash} t={t} nonce={await nonceOf()} />
  })
  return <PortalPage session={session}>{content}</PortalPage>
}
