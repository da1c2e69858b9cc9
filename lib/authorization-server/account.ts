import { parseId, publicId } from '#lib/ids'
import type { SignedIn } from './interaction.ts'

/** A person as the provider's records name them: with their org, so that nothing has to be looked up to find it. */
export const accountOf = ({ orgId, userId }: SignedIn): string =>
  `${publicId('end_user', userId)}@${orgId.replaceAll('-', '')}`

/** @returns `null` for what names nobody */
export function parseAccount(accountId: string): SignedIn | null {
  const [user = '', org = '', ...rest] = accountId.split('@')
  const userId = parseId('end_user', user)
  const match = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(org)
  return userId && match && rest.length === 0 ? { orgId: match.slice(1).join('-'), userId } : null
}

/** How a person is called outside: `usr_…`. */
export const publicAccount = (accountId: string): string => accountId.split('@')[0] ?? ''
