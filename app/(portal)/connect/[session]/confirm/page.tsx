import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Confirm } from '#components/portal/confirm'
import { confirmSaid } from '#lib/connect/schema'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../portal-page.tsx'
import { portalMetadata } from '../../../words.ts'

export async function generateMetadata({
  params,
}: PageProps<'/connect/[session]/confirm'>): Promise<Metadata> {
  return portalMetadata((await params).session, 'confirm.page_title')
}

/** Where whoever finished proves to be who was invited: with the code that was mailed to that address. */
export default async function ConfirmPage({ params, searchParams }: PageProps<'/connect/[session]/confirm'>) {
  const [{ session }, query] = await Promise.all([params, searchParams])
  const said = confirmSaid.find((one) => one === query.said) ?? null
  let done = false
  const content = await inSession(session, async ({ open, flow, t }) => {
    const view = await connect.confirmView(open, flow)
    done = view.state === 'done'
    return <Confirm view={view} said={said} t={t} action={`/connect/${session}/confirm`} />
  })
  if (done) redirect(`/connect/${session}/done`)
  return <PortalPage session={session}>{content}</PortalPage>
}
