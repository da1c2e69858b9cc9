import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, newToken, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Resources } from './schema.ts'

export type Attempt = Awaited<ReturnType<Tx['connect_attempts']['findFirstOrThrow']>>

/** What was shown and agreed to before the browser went to the provider. */
export type AttemptFacts = {
  sessionId: string
  connector: string
  authConfig: { orgId: string; id: string }
  state: string
  scopesRequested: readonly string[]
  scopesRefused: readonly string[]
  consentText: string
  consentHash: string
  /** The language of that text. */
  locale: string
  /** `null` for a consent that holds until it is taken back. */
  durationDays: number | null
  /** The kinds of resource that the person picks from once the provider has answered. */
  limited: readonly string[]
  /** What is picked beforehand: what the consent before this one was limited to. */
  resources: Resources | null
  consentedBy: { ip: string | null; user_agent: string | null }
}

/** Records one trip to the provider; earlier ones of the session that have not come back are void from here on. */
export async function startAttemptIn(tx: Tx, tenant: Tenant, facts: AttemptFacts): Promise<string> {
  await tx.connect_attempts.updateMany({
    where: { org_id: tenant.orgId, session_id: facts.sessionId, status: 'started' },
    data: { status: 'discarded' },
  })
  const id = newId()
  await tx.connect_attempts.create({
    data: {
      org_id: tenant.orgId,
      id,
      session_id: facts.sessionId,
      connector: facts.connector,
      auth_config_org_id: facts.authConfig.orgId,
      auth_config_id: facts.authConfig.id,
      state_hash: sha256(facts.state),
      status: 'started',
      scopes_requested: [...facts.scopesRequested],
      scopes_refused: [...facts.scopesRefused],
      scopes_granted: [],
      consent_text: facts.consentText,
      consent_hash: facts.consentHash,
      locale: facts.locale,
      duration_days: facts.durationDays,
      limited: [...facts.limited],
      ...(facts.resources && { resources: facts.resources }),
      consented_by: facts.consentedBy,
      consented_at: new Date(),
    },
  })
  return id
}

/**
 * Takes the attempt that a callback answers, once: a state that comes back twice finds it taken.
 * @throws AppError `bad_request` for a state that is unknown, used, of another attempt or of another auth config
 */
export async function takeAttempt(
  tenant: Tenant,
  claim: { attemptId: string; state: string; authConfigId: string },
): Promise<Attempt> {
  return forOrg(tenant, async (tx) => {
    const where = {
      org_id: tenant.orgId,
      id: claim.attemptId,
      auth_config_id: claim.authConfigId,
      state_hash: sha256(claim.state),
      status: 'started',
      consumed_at: null,
    }
    const taken = await tx.connect_attempts.updateMany({ where, data: { consumed_at: new Date() } })
    if (taken.count !== 1)
      throw new AppError('bad_request', { detail: 'This answer does not belong to an open request.' })
    return tx.connect_attempts.findUniqueOrThrow({
      where: { org_id_id: { org_id: tenant.orgId, id: claim.attemptId } },
    })
  })
}

export const failAttemptIn = (tx: Tx, tenant: Tenant, id: string, errorCode: string): Promise<unknown> =>
  tx.connect_attempts.updateMany({
    where: { org_id: tenant.orgId, id, status: { in: ['started', 'answered'] } },
    data: { status: 'failed', error_code: errorCode, sealed_answer: null },
  })

/**
 * Keeps the provider's answer, sealed, until the host says who finished.
 * @returns the code that the finishing browser carries to the host; only its digest is stored. An attempt whose person
 *   has something to pick yet gets its code by `pickIn`, and until then there is nothing to confirm
 */
export async function answerAttemptIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  answer: {
    scopesGranted: readonly string[]
    account: { id: string; label: string }
    sealed: Uint8Array<ArrayBuffer>
    keyVersion: number
    expiresInSeconds: number | null
  },
): Promise<string> {
  const code = newToken('cc')
  const { limited } = await tx.connect_attempts.findUniqueOrThrow({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    select: { limited: true },
  })
  await tx.connect_attempts.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: {
      status: 'answered',
      scopes_granted: [...answer.scopesGranted],
      provider_account: {
        ...answer.account,
        key_version: answer.keyVersion,
        expires_in_seconds: answer.expiresInSeconds,
        answered_at: new Date().toISOString(),
      } satisfies Prisma.InputJsonObject,
      sealed_answer: answer.sealed,
      confirmation_hash: limited.length > 0 ? null : sha256(code),
    },
  })
  return code
}

export type ProviderAnswer = {
  id: string
  label: string
  key_version: number
  expires_in_seconds: number | null
  answered_at: string
}

/** The attempt of a session that waits for its host's word, locked. */
export async function answeredAttemptIn(tx: Tx, tenant: Tenant, sessionId: string): Promise<Attempt | null> {
  await tx.$queryRaw`SELECT 1 FROM connect_attempts WHERE org_id = ${tenant.orgId}::uuid
    AND session_id = ${sessionId}::uuid AND status = 'answered' FOR UPDATE`
  return tx.connect_attempts.findFirst({
    where: {
      org_id: tenant.orgId,
      session_id: sessionId,
      status: 'answered',
      confirmation_hash: { not: null },
    },
    orderBy: { id: 'desc' },
  })
}

/**
 * The attempt whose person is picking what it may reach, locked: answered by the provider, and the last of its session.
 * @throws AppError `session_used` when that is over, or was begun anew
 */
export async function pickingAttemptIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  sessionId: string,
): Promise<Attempt> {
  await tx.$queryRaw`SELECT 1 FROM connect_attempts WHERE org_id = ${tenant.orgId}::uuid
    AND id = ${id}::uuid FOR UPDATE`
  const last = await tx.connect_attempts.findFirst({
    where: { org_id: tenant.orgId, session_id: sessionId },
    orderBy: { id: 'desc' },
  })
  if (last?.id !== id || last.status !== 'answered' || last.confirmation_hash || last.limited.length === 0)
    throw new AppError('session_used', { detail: 'This choice is over.' })
  return last
}

/** Keeps what is picked so far. */
export const keepPicksIn = (tx: Tx, tenant: Tenant, id: string, resources: Resources): Promise<unknown> =>
  tx.connect_attempts.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: { resources },
  })

/**
 * Ends the picking: what was picked is part of the consent, and so of its text.
 * @returns the code that the finishing browser carries to the host
 */
export async function pickIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  picked: { resources: Resources; text: string; hash: string },
): Promise<string> {
  const code = newToken('cc')
  await tx.connect_attempts.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: {
      resources: picked.resources,
      consent_text: picked.text,
      consent_hash: picked.hash,
      confirmation_hash: sha256(code),
    },
  })
  return code
}

/** Ends an attempt and with it the sealed answer. */
export const settleAttemptIn = (
  tx: Tx,
  tenant: Tenant,
  id: string,
  status: 'confirmed' | 'discarded',
  accountId: string | null,
): Promise<unknown> =>
  tx.connect_attempts.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: { status, account_id: accountId, sealed_answer: null, confirmation_hash: null },
  })
