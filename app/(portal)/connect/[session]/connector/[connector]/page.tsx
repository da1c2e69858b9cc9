import type { Metadata } from 'next'
import { ConnectorDetailScreen } from '#components/portal/connector-detail'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../../portal-page.tsx'
import { portalMetadata } from '../../../../words.ts'

type Props = PageProps<'/connect/[session]/connector/[connector]'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'catalogue.title')

/** What a connector is and which accounts are connected there, before anything is decided. */
export default async function ConnectorPage({ params }: Props) {
  const { session, connector } = await params
  const content = await inSession(session, async ({ open, t }) => (
    <ConnectorDetailScreen
      detail={await connect.connectorDetail(open, connector, t.locale)}
      consent={`/connect/${session}/consent/${connector}`}
      all={open.session.connectors.length === 1 ? null : `/connect/${session}/catalogue`}
      t={t}
    />
  ))
  return <PortalPage session={session}>{content}</PortalPage>
}
