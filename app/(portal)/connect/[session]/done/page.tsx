import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Ending } from '#components/portal/ending'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../portal-page.tsx'
import { portalMetadata } from '../../../words.ts'
import { CloseWindow } from './close-window.tsx'

type Props = PageProps<'/connect/[session]/done'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'states.page_done')

/** The end of a flow that has no page of the host to return to. */
export default async function DonePage({ params }: Props) {
  const { session } = await params
  let confirmsHere = false
  const content = await inSession(session, async ({ open, flow, t }) => {
    const ended = await connect.finished(open, flow)
    confirmsHere = ended.confirmsHere
    return (
      <Ending
        ended={ended}
        t={t}
        close={<CloseWindow text={t('states.close_window')} />}
        receipt={ended.receipt ? `/connect/${session}/receipt` : null}
        choice={`/connect/${session}/catalogue`}
      />
    )
  })
  if (confirmsHere) redirect(`/connect/${session}/confirm`)
  return <PortalPage session={session}>{content}</PortalPage>
}
