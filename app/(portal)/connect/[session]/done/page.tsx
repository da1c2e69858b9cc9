import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { ErrorNotice, Notice, noticeOf, noticeOfFailure } from '#components/portal/notice'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../portal-page.tsx'
import { CloseWindow } from './close-window.tsx'

export const metadata: Metadata = { title: 'Done', referrer: 'no-referrer' }

type Finished = Awaited<ReturnType<typeof connect.finished>>

/** The end of a flow that has no page of the host to return to. */
export default async function DonePage({ params }: PageProps<'/connect/[session]/done'>) {
  const { session } = await params
  const content = await inSession(session, async ({ open, flow }) =>
    ending(await connect.finished(open, flow)),
  )
  return <PortalPage session={session}>{content}</PortalPage>
}

function ending(finished: Finished): ReactNode {
  switch (finished.status) {
    case 'completed':
    case 'awaiting_confirmation':
      return <Connected {...finished} />
    case 'declined':
      return (
        <Notice mark="stopped" title="Nothing was connected" actions={<CloseWindow />}>
          <p>You said no, and {finished.organization} has been told so. You can close this window.</p>
        </Notice>
      )
    case 'failed':
      return <ErrorNotice notice={noticeOfFailure(finished.status_reason)} />
    case 'expired':
    case 'cancelled':
      return <ErrorNotice notice={noticeOf('session_expired')} />
    default:
      return <ErrorNotice notice={noticeOf('bad_request')} />
  }
}

const Connected = ({ organization, connector, account, scopesMissing, confirmationCode }: Finished) => (
  <Notice mark="done" title="Connected" actions={confirmationCode === null && <CloseWindow />}>
    <p>
      {connector}
      {account && (
        <>
          {' '}
          as <strong className="font-medium text-fg">{account}</strong>
        </>
      )}
      .
    </p>
    {scopesMissing.length > 0 && (
      <div className="rounded-control border border-border p-3 text-left">
        <p className="font-medium text-fg">You left out some of it at {connector}:</p>
        <ul className="mt-1 list-disc pl-5">
          {scopesMissing.map((does) => (
            <li key={does}>{does}</li>
          ))}
        </ul>
        <p className="mt-1">That will not work until you allow it.</p>
      </div>
    )}
    {confirmationCode !== null ? (
      <>
        <p className="text-fg">One step is left: give this code to {organization}, and to nobody else.</p>
        <p className="mt-1 rounded-control border border-border bg-muted px-3 py-3 font-mono text-base break-all text-fg select-all">
          {confirmationCode}
        </p>
      </>
    ) : (
      <p>You can close this window and go back to {organization}.</p>
    )}
  </Notice>
)
