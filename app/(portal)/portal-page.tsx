import type { ReactNode } from 'react'
import { noticeFor, StateNotice } from '#components/portal/notice'
import { buttonClass } from '#components/ui/button'
import { toAppError } from '#lib/errors'
import type { Translator } from '#lib/i18n/schema'
import { log } from '#lib/log'
import { Dressed } from './dressed.tsx'
import { openHere } from './flow.ts'
import { portalWords, shellOf } from './words.ts'

type Here = NonNullable<Awaited<ReturnType<typeof openHere>>> & { t: Translator }

/** The session's organization around its content; an unknown session has none. */
export async function PortalPage({ session, children }: { session: string; children: ReactNode }) {
  const [shell, t] = await Promise.all([shellOf(session), portalWords(session)])
  return (
    <Dressed branding={shell?.branding ?? null} t={t}>
      {children}
    </Dressed>
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
    if (here) return await show({ ...here, t })
    const actions = await wayHome(session)
    return <StateNotice state="not_entered" texts={t.texts('states')} actions={actions} />
  } catch (thrown) {
    return refusal(thrown, t, await wayHome(session))
  }
}

/** Back to the product that the person came from, where that is known: a next step that can be taken. */
export async function wayHome(session: string | null): Promise<ReactNode> {
  const [t, shell] = await Promise.all([portalWords(session), session === null ? null : shellOf(session)])
  if (!shell?.home) return null
  return (
    <a href={shell.home} className={buttonClass({ variant: 'secondary' })}>
      {t('states.go_home', { organization: shell.branding.name })}
    </a>
  )
}

/** What was thrown, said to a person. @param actions what can be done about it */
export function refusal(thrown: unknown, t: Translator, actions?: ReactNode): ReactNode {
  const error = toAppError(thrown)
  if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
  return <StateNotice state={noticeFor(error)} texts={t.texts('states')} actions={actions} />
}
