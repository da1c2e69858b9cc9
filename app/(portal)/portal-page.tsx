import type { ReactNode } from 'react'
import { Brand } from '#components/portal/brand'
import { Frame } from '#components/portal/frame'
import { noticeFor, StateNotice } from '#components/portal/notice'
import { toAppError } from '#lib/errors'
import type { Translator } from '#lib/i18n/schema'
import { log } from '#lib/log'
import { nonceOf, openHere } from './flow.ts'
import { portalWords, shellOf } from './words.ts'

type Here = NonNullable<Awaited<ReturnType<typeof openHere>>> & { t: Translator }

/** The session's organization around its content; an unknown session has none. */
export async function PortalPage({ session, children }: { session: string; children: ReactNode }) {
  const [shell, nonce, t] = await Promise.all([shellOf(session), nonceOf(), portalWords(session)])
  return (
    <>
      <Brand primary={shell?.branding.primary ?? null} nonce={nonce} />
      <Frame organization={shell?.branding.name ?? null} t={t}>
        {children}
      </Frame>
    </>
  )
}

/** What a page shows of the session that this browser is in; whatever stands in the way is said instead. */
export async function inSession(
  session: string,
  show: (here: Here) => Promise<ReactNode>,
): Promise<ReactNode> {
  const t = await portalWords(session)
  try {
    const here = await openHere(session)
    return here ? (
      await show({ ...here, t })
    ) : (
      <StateNotice state="not_entered" texts={t.texts('states')} />
    )
  } catch (thrown) {
    return refusal(thrown, t)
  }
}

/** What was thrown, said to a person. */
export function refusal(thrown: unknown, t: Translator): ReactNode {
  const error = toAppError(thrown)
  if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
  return <StateNotice state={noticeFor(error)} texts={t.texts('states')} />
}
