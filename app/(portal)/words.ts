import type { Metadata } from 'next'
import { cache } from 'react'
import { type MessageKey, type Translator, translator } from '#lib/i18n'
import { connect } from '#runtime'
import { languageOf } from '../language.ts'

/** Whose page a session's is, read once per page however many ask; `null` for a session that is unknown. */
export const shellOf = cache((session: string) => connect.shell(session))

/** The session of a hosted link, whatever its state; `null` where none has it. */
export const linkShellOf = cache((link: string) => connect.linkShell(link))

/**
 * Says things on the page that is being made, in its language.
 * @param session whose organization may have words of its own
 */
export const portalWords = cache(
  async (_session: string | null): Promise<Translator> => translator((await languageOf()).locale),
)

/** The title of a page of the flow, in its language, and nothing of its address for whoever comes next. */
export async function portalMetadata(session: string | null, key: MessageKey): Promise<Metadata> {
  const [t, shell] = await Promise.all([portalWords(session), session === null ? null : shellOf(session)])
  const title = shell ? `${t(key)} · ${shell.branding.name}` : t(key)
  return { title: { absolute: title }, referrer: 'no-referrer' }
}
