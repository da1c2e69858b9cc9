import type { Metadata } from 'next'
import { CredentialForm } from '#components/portal/credential-form'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../../portal-page.tsx'
import { portalMetadata } from '../../../../words.ts'

type Props = PageProps<'/connect/[session]/credentials/[connector]'>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return portalMetadata((await params).session, 'forms.page_title')
}

/** Where a credential is pasted. Never framed: proxy.ts sends `frame-ancestors 'none'` for this page. */
export default async function CredentialsPage({ params }: Props) {
  const { session, connector } = await params
  const content = await inSession(session, async ({ open, flow, t }) => (
    <CredentialForm
      session={session}
      screen={await connect.credentialScreen(open, flow, connector, t.locale)}
      t={t}
    />
  ))
  return <PortalPage session={session}>{content}</PortalPage>
}
