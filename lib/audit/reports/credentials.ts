import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'

/** A time without a break in which an account had a credential: renewed before its end, it goes on. */
export type Span = {
  account_id: string
  connection_id: string
  generation: bigint
  through_generation: bigint
  obtained_at: Date
  renewed_at: Date
  expires_at: Date | null
  ended_at: Date | null
  ended_by: string | null
  known_since: Date
}

/** The credential that a call was made with, as far as it is known; no secret is in it. */
export type Credential = {
  generations: string
  obtainedAt: string
  validUntil: string | null
  validUntilBy: string | null
}

/** The spans of some accounts that touch a time. */
export const spansIn = (
  tx: Tx,
  tenant: Tenant,
  accountIds: readonly string[],
  from: Date,
  to: Date,
): Promise<Span[]> => tx.$queryRaw`
  SELECT account_id, connection_id, generation, through_generation, obtained_at, renewed_at, expires_at, ended_at,
    ended_by, known_since FROM credential_spans
  WHERE org_id = ${tenant.orgId}::uuid AND account_id = ANY (${[...accountIds]}::uuid[])
    AND obtained_at <= ${to} AND (ended_at IS NULL OR ended_at >= ${from}) ORDER BY generation`

/** A call reads its credential a moment after its intent, and clocks of two statements are not one. */
const slackMs = 2_000

/**
 * What an account's spans say of a call: the last that was open while it ran.
 * @returns `objection` where none was, or the one that was had run out, or was of another consent
 */
export function credentialAt(
  spans: readonly Span[],
  connectionId: string,
  started: Date,
  ended: Date,
): { credential: Credential | null; objection: string | null } {
  const span = spans.findLast(
    (one) =>
      one.obtained_at <= ended &&
      (one.ended_at === null || one.ended_at.getTime() >= started.getTime() - slackMs),
  )
  if (!span) return { credential: null, objection: 'no record of a credential at that time' }
  const { generation, through_generation: through, expires_at: expires, ended_at, ended_by } = span
  // What ended before it would have expired was valid until then.
  const cut = ended_at !== null && (expires === null || ended_at < expires)
  const until = cut ? ended_at : expires
  const credential = {
    generations: through === generation ? `${generation}` : `${generation}–${through}`,
    obtainedAt: span.obtained_at.toISOString(),
    validUntil: until?.toISOString() ?? null,
    validUntilBy: cut ? ended_by : expires === null ? null : 'expiry of the token',
  }
  const objection =
    until !== null && until.getTime() < started.getTime() - slackMs
      ? `the credential was valid until ${until.toISOString()} only`
      : span.connection_id !== connectionId
        ? 'the credential was of another consent'
        : null
  return { credential, objection }
}
