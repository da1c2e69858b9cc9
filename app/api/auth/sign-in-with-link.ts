import { AppError } from '#lib/errors'
import { redeemSignInLink } from '#lib/identity'
import { log } from '#lib/log'
import { type SessionUser, signedInAs } from './signed-in-as.ts'

/**
 * Uses up a sign-in link and names the member for the session.
 * @returns `null` when the link is unknown, used or too old
 * @throws Error whose message is the one word that the sign-in page may be told
 */
export async function signInWithLink(token: string | undefined): Promise<SessionUser | null> {
  if (!token) return null
  try {
    const member = await redeemSignInLink(token)
    return member && (await signedInAs(member, 'link'))
  } catch (error) {
    if (error instanceof AppError && error.code === 'forbidden') throw new Error('SsoRequired')
    // next-auth would put the message of what is thrown into a URL.
    log.error({ err: error }, 'console sign-in failed')
    throw new Error('Unavailable')
  }
}
