import type { ReactNode } from 'react'
import { Brand } from '#components/portal/brand'
import { Frame } from '#components/portal/frame'
import { ErrorNotice, noticeFor, noticeOf } from '#components/portal/notice'
import { toAppError } from '#lib/errors'
import { log } from '#lib/log'
import { connect } from '#runtime'
import { nonceOf, openHere } from './flow.ts'

type Here = NonNullable<Awaited<ReturnType<typeof openHere>>>

/** The session's organization around its content; an unknown session has none. */
export async function PortalPage({ session, children }: { session: string; children: ReactNode }) {
  const [shell, nonce] = await Promise.all([connect.shell(session), nonceOf()])
  return (
    <>
      <Brand primary={shell?.branding.primary ?? null} nonce={nonce} />
      <Frame organization={shell?.branding.name ?? null}>{children}</Frame>
    </>
  )
}

/** What a page shows of the session that this browser is in; whatever stands in the way is said instead. */
export async function inSession(
  session: string,
  show: (here: Here) => Promise<ReactNode>,
): Promise<ReactNode> {
  try {
    const here = await openHere(session)
    return here ? await show(here) : <ErrorNotice notice={noticeOf('not_entered')} />
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
    return <ErrorNotice notice={noticeFor(error)} />
  }
}
