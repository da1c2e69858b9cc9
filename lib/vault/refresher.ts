import type { CredentialRef, CredentialState, Tokens } from './credential.ts'

/** How a refresh ended, in the words of PROVIDERS.json. Only `refreshed` carries tokens. */
export type RefreshResult =
  | { kind: 'refreshed'; tokens: Tokens; expiresInSeconds: number | null }
  | { kind: 'dead'; errorCode: string }
  | { kind: 'ambiguous'; errorCode: string }
  | { kind: 'config'; errorCode: string }
  /** `retryAfterSeconds` where the provider said when to come back. */
  | { kind: 'transient'; errorCode: string; retryAfterSeconds?: number | null }
  /** The provider got the request, and what it answered did not arrive or cannot be read. */
  | { kind: 'lost'; errorCode: string }

/** What the vault needs of a provider to refresh: facts from `lib/oauth`, consequences from `lib/connect`. */
export type Refresher = {
  connector: string
  /** How long before its end an access token is renewed, in seconds; a quarter of its lifetime at most. */
  bufferSeconds: number
  /**
   * How long after an answer was lost the old refresh token still works, in seconds: 0 where it is single-use,
   * Infinity where it does not rotate or the predecessor stays valid.
   */
  oldTokenSeconds: number
  /** After how long without use the provider lets a refresh token die, in seconds; `null` where it does not. */
  idleSeconds: number | null
  /** Asks for a renewal whatever the books say, as after a token was refused; without one there is no lending. */
  mustRenew?: (credential: CredentialRef) => boolean
  /** Whether to ask even while refreshes of this credential are held. */
  force?: boolean
  /**
   * Ends by itself within `deadlineMs`, which is shorter than the lease. `fields` are those sealed beside the tokens;
   * they stay as they are.
   */
  refresh(refreshToken: string, deadlineMs: number, fields?: Tokens['fields']): Promise<RefreshResult>
  /** Hears how every refresh ended, before `onDead`. */
  onOutcome(outcome: string): void
  /**
   * Records that the consent is gone; runs once per dead credential.
   * @returns `held` when it is one of too many alike: then it is kept, and tried again later (THREATS.md fault 34)
   */
  onDead(state: CredentialState, reason: string): Promise<'dead' | 'held'>
  /** Records that sealed tokens do not open where they stand: an alarm. */
  onTampered(credential: CredentialRef): Promise<void>
  /** Records that a credential that was given up as lost is back. */
  onRevived(credential: CredentialRef): Promise<void>
  /** Gives fresh tokens back to the provider that no credential can take any more: `replaced` has ended meanwhile. */
  onOvertaken(replaced: CredentialRef, tokens: Tokens): Promise<void>
}

/** Seconds before its end at which an access token counts as near it. */
export const bufferOf = (
  { bufferSeconds }: Pick<Refresher, 'bufferSeconds'>,
  ttlSeconds: number | null,
): number => (ttlSeconds === null ? bufferSeconds : Math.min(bufferSeconds, ttlSeconds / 4))

/**
 * Seconds from now until the background should renew: at a random moment of the buffer before the buffer, so that what
 * was connected together does not come due together, or before an idle refresh token dies, whichever is first.
 * @returns `null` for never
 */
export function dueInSeconds(
  refresher: Pick<Refresher, 'bufferSeconds' | 'idleSeconds'>,
  expiresInSeconds: number | null,
  random: number,
): number | null {
  const buffer = bufferOf(refresher, expiresInSeconds)
  const ahead =
    expiresInSeconds === null
      ? Number.POSITIVE_INFINITY
      : Math.max(1, expiresInSeconds - buffer * (2 - random))
  const alive =
    refresher.idleSeconds === null ? Number.POSITIVE_INFINITY : refresher.idleSeconds * (0.5 + random / 10)
  const due = Math.min(ahead, alive)
  return Number.isFinite(due) ? due : null
}
