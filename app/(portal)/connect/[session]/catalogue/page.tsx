import type { Metadata } from 'next'
import { actionName, Catalogue } from '#components/portal/catalogue'
import { buttonClass } from '#components/ui/button'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../portal-page.tsx'

export const metadata: Metadata = { title: 'Connect your accounts', referrer: 'no-referrer' }

export default async function CataloguePage({ params }: PageProps<'/connect/[session]/catalogue'>) {
  const { session } = await params
  const content = await inSession(session, async ({ open }) => (
    <Catalogue
      view={await connect.portalView(open)}
      action={(entry) => (
        <a
          href={`/connect/${session}/consent/${entry.id}`}
          aria-label={actionName(entry)}
          className={buttonClass({ variant: 'secondary' })}
        >
          {entry.account ? 'Reconnect' : 'Connect'}
        </a>
      )}
    />
  ))
  return <PortalPage session={session}>{content}</PortalPage>
}
