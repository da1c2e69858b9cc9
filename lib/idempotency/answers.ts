import type { Sql } from '#lib/db'
import { AppError, type ErrorCode, type PublicFacts } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { seal, withOpened } from '#lib/vault'
import type { Claim } from './claim.ts'
import type { Held } from './store.ts'

/** What the first request was told. */
export type Answer =
  | { status: number; body: unknown }
  | { error: { code: ErrorCode; facts: PublicFacts }; traceId: string }

/** A sealed answer, to be kept with the row of its key. */
export type Kept = Pick<Claim, 'caller' | 'route' | 'key'> & { sealed: string; key_version: number }

const bindingOf = ({ caller, route, key }: Pick<Claim, 'caller' | 'route' | 'key'>) => ({
  purpose: 'idempotent_response',
  parts: [caller, route, key],
})

/** Seals an answer under the org's key, before the transaction that keeps it. */
export async function sealAnswer(
  tenant: Tenant,
  { caller, route, key }: Claim,
  answer: Answer,
): Promise<Kept> {
  const name = { caller, route, key }
  const { sealed, keyVersion } = await seal(tenant, bindingOf(name), JSON.stringify(answer))
  return { ...name, sealed: Buffer.from(sealed).toString('hex'), key_version: keyVersion }
}

const keep = {
  name: 'idempotency_keep',
  text: `UPDATE idempotency_keys k SET status = 'done', sealed_response = decode(r.sealed, 'hex'),
      key_version = r.key_version
    FROM json_to_recordset($2::json) AS r (caller text, route text, key text, sealed text, key_version int)
    WHERE k.org_id = $1::uuid AND k.caller = r.caller AND k.route = r.route AND k.key = r.key AND k.status = 'running'`,
}

export async function keepAnswersIn(sql: Sql, tenant: Tenant, kept: readonly Kept[]): Promise<void> {
  if (kept.length > 0) await sql(keep, [tenant.orgId, JSON.stringify(kept)])
}

/**
 * The answer that the holder of a key got, for another request that came with it.
 * @param abandonedSeconds after which a request that still seems to run has lost its process
 * @returns `null` when nobody knows any more what became of the first request
 * @throws AppError `idempotency_mismatch` for another request; `idempotency_in_progress` while the first runs
 */
export async function openAnswer(
  tenant: Tenant,
  claim: Claim,
  held: Held,
  abandonedSeconds: number,
): Promise<Answer | null> {
  if (held.fingerprint !== claim.fingerprint) {
    throw new AppError('idempotency_mismatch', {
      detail: 'This Idempotency-Key was used for another request. Use a new one.',
    })
  }
  if (held.answer) {
    return withOpened(
      tenant,
      bindingOf(claim),
      held.answer,
      async (plain) => JSON.parse(plain.toString()) as Answer,
    )
  }
  const runs = held.executionStatus === null || held.executionStatus === 'running'
  if (runs && held.ageSeconds < abandonedSeconds) {
    throw new AppError('idempotency_in_progress', {
      detail: 'The first request with this Idempotency-Key is still running.',
      retry_after_seconds: 1,
    })
  }
  return null
}
