import type { Metadata } from 'next'
import { cache } from 'react'
import { type MessageKey, type Translator, translator } from '#lib/i18n'
import { connect } from '#runtime'
import { languageOf } from '../language.ts'

// A page that cannot say whose it is can still say what stands in the way: it finds that out, and logs it, by itself.
const orNothing = () => null

/**
 * Whose page a session's is, read once per page however many ask; `null` for a session that is unknown, or that cannot
 * be read just now.
 */
export const shellOf = cache((session: string) => connect.shell(session).catch(orNothing))

/** The session of a hosted link, whatever its state; `null` where none has it, or it cannot be read just now. */
export const linkShellOf = cache((link: string) => connect.linkShell(link).catch(orNothing))

/**
 * Says things on the page that is being made, in its language.
 * @param session whose organization may have words of its own
 */
export const portalWords = cache(async (session: string | null): Promise<Translator> => {
  const [{ locale }, shell] = await Promise.all([languageOf(), session === null ? null : shellOf(session)])
  return translator(locale, shell?.branding.theme.overrides(locale))
})

/** The title of a page of the flow, in its language, and nothing of its address for whoever comes next. */
export async function portalMetadata(session: string | null, key: MessageKey): Promise<Metadata> {
  const [t, shell] = await Promise.all([portalWords(session), session === null ? null : shellOf(session)])
  const title = shell ? `${t(key)} · ${shell.branding.name}` : t(key)
  return { title: { absolute: title }, referrer: 'no-referrer' }
}
