import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Request } from '#components/portal/request'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../../portal-page.tsx'
import { portalMetadata } from '../../../../words.ts'

type Props = PageProps<'/connect/[session]/request/[connector]'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'request.title')

/** Between a person's yes and the provider, where an administrator has to approve first. Never framed. */
export default async function RequestPage({ params, searchParams }: Props) {
  const { session, connector } = await params
  const { scopes = [], again, fault } = await searchParams
  let over = false
  const content = await inSession(session, async ({ open, t }) => {
    const named = typeof scopes === 'string' ? [scopes] : scopes
    const screen = await connect.requestScreen(open, connector, named, t.locale)
    over = screen.state === 'not_needed'
    // After a no, or after nobody answered, the form comes back when it is asked for.
    const anew = (again ?? fault) !== undefined && (screen.state === 'denied' || screen.state === 'expired')
    const shown = anew ? { ...screen, state: 'form' as const } : screen
    return <Request t={t} session={session} screen={shown} fault={fault !== undefined} />
  })
  if (over) redirect(`/connect/${session}/consent/${encodeURIComponent(connector)}`)
  return <PortalPage session={session}>{content}</PortalPage>
}
