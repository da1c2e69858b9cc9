/** How an account's credential stands; `null` where there is none. */
export type ToldCredential = {
  refreshable: boolean
  expires_at: string | null
  renewed_at: string | null
  due_at: string | null
  held: { reason: 'suspect' | 'config' | 'transient'; until: string } | null
  failures: number
  dead_reason: string | null
} | null

const holds = {
  suspect:
    'The provider refuses too many renewals alike to be believed. Nothing is disconnected; the token is used as long as it works.',
  config: 'The provider says that our OAuth client is wrong: its id, its secret or its permissions.',
  transient: 'The provider did not answer as it should.',
}

/** Why it is held, with how often it was tried in vain; nothing of that where it was put back into use just now. */
export function holdWords(credential: NonNullable<ToldCredential>): string | null {
  if (!credential.held) return null
  const { failures } = credential
  const tried = failures === 1 ? ' Tried once in vain.' : ` Tried ${failures} times in vain.`
  return `${holds[credential.held.reason]}${failures === 0 ? '' : tried}`
}

/** What comes next, in words where it is no time: `at` is then `null`. */
export function nextRenewal(
  credential: NonNullable<ToldCredential>,
  now: Date,
): { at: string | null; words: string } {
  const { refreshable, due_at, held } = credential
  if (!refreshable)
    return {
      at: null,
      words: 'Never: the provider gave no refresh token. It ends when the access token does.',
    }
  const at = [due_at, held?.until ?? null]
    .filter((time) => time !== null)
    .sort()
    .at(-1)
  if (due_at === null || at === undefined) return { at: null, words: 'When a call needs it.' }
  return new Date(at) > now ? { at, words: '' } : { at: null, words: 'Now.' }
}

/** Why there is no credential to speak of. */
export function absenceWords(credential: ToldCredential, status: string): string | null {
  if (credential === null)
    return status === 'revoked'
      ? 'Destroyed: the account is revoked.'
      : 'None: what there was has been destroyed. The user must connect again.'
  if (credential.dead_reason !== null)
    return `Out of use (${credential.dead_reason.replaceAll('_', ' ')}), and destroyed before long unless that turns out to be wrong. The user must connect again.`
  return null
}
