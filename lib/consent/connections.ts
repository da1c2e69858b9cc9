import type { Prisma, Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Attempt, ProviderAnswer } from './attempts.ts'
import { endOfConsent } from './durations.ts'
import type { Resources } from './schema.ts'
import type { Session } from './sessions.ts'
import { isUnverified } from './unverified.ts'

/** Who is asked for: a session, or what stands for one where the consent was given elsewhere. */
export type Asked = Pick<Session, 'user_id' | 'agents' | 'purpose' | 'locale'> & {
  /** `null` where there was no session of ours. */
  id: string | null
}

/** What was agreed to, under which client of ours. */
export type Agreed = Pick<
  Attempt,
  | 'auth_config_org_id'
  | 'auth_config_id'
  | 'connector'
  | 'scopes_requested'
  | 'scopes_refused'
  | 'scopes_granted'
  | 'consent_text'
  | 'consent_hash'
  | 'consented_by'
  | 'consented_at'
> &
  Partial<Pick<Attempt, 'locale' | 'duration_days' | 'limited' | 'resources'>>

/**
 * Finds the account that a consent is for: the one to renew, the user's account there already, or a new one.
 * @throws AppError `account_mismatch` when a reconnect ended in another provider account
 */
export async function accountForIn(
  tx: Tx,
  tenant: Tenant,
  session: Pick<Session, 'user_id' | 'connected_account_id'>,
  attempt: Pick<Agreed, 'connector' | 'auth_config_org_id' | 'auth_config_id'>,
  answer: Pick<ProviderAnswer, 'id' | 'label'>,
): Promise<{ accountId: string; previousConnectionId: string | null; previousScopes: string[] | null }> {
  const renewed = session.connected_account_id
    ? await tx.connected_accounts.findUnique({
        where: { org_id_id: { org_id: tenant.orgId, id: session.connected_account_id }, deleted_at: null },
      })
    : null
  const another =
    renewed && renewed.provider_account_id !== answer.id && !isUnverified(renewed.provider_account_id)
  if (renewed && (renewed.connector !== attempt.connector || another)) {
    throw new AppError('account_mismatch', {
      detail: 'You signed in to another account there. The account that was connected before is unchanged.',
    })
  }
  const live =
    renewed && renewed.status !== 'revoked' && renewed.provider_account_id === answer.id
      ? renewed
      : await tx.connected_accounts.findFirst({
          where: {
            org_id: tenant.orgId,
            user_id: session.user_id,
            connector: attempt.connector,
            provider_account_id: answer.id,
            status: { not: 'revoked' },
          },
        })
  // A revoked account comes back only where no other of the same user holds that place by now.
  const found = live ?? renewed
  if (found) {
    const previous =
      found.current_connection_id &&
      (await tx.connections.findUnique({
        where: { org_id_id: { org_id: tenant.orgId, id: found.current_connection_id } },
      }))
    return {
      accountId: found.id,
      previousConnectionId: found.current_connection_id,
      previousScopes: previous ? previous.scopes_granted : null,
    }
  }
  const created = await tx.connected_accounts.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      user_id: session.user_id,
      connector: attempt.connector,
      auth_config_org_id: attempt.auth_config_org_id,
      auth_config_id: attempt.auth_config_id,
      status: 'unverified',
      provider_account_id: answer.id,
      label: answer.label,
    },
  })
  return { accountId: created.id, previousConnectionId: null, previousScopes: null }
}

/**
 * Writes the consent, immutable from here on, and puts the account in use under it.
 * @param status `unverified` where nobody has looked yet whose the account is
 */
export async function activateIn(
  tx: Tx,
  tenant: Tenant,
  facts: {
    session: Asked
    attempt: Agreed
    answer: Pick<ProviderAnswer, 'id' | 'label'>
    accountId: string
    previousConnectionId: string | null
  },
  status: 'active' | 'unverified' = 'active',
): Promise<string> {
  const { session, attempt, answer, accountId } = facts
  const id = newId()
  const account = await tx.connected_accounts.findUniqueOrThrow({
    where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
  })
  const paused = account.status === 'paused' || (account.status === 'needs_reauth' && account.was_paused)
  await tx.connections.create({
    data: {
      org_id: tenant.orgId,
      id,
      account_id: accountId,
      user_id: session.user_id,
      session_id: session.id,
      provider_account_id: answer.id,
      scopes_requested: attempt.scopes_requested,
      scopes_refused: attempt.scopes_refused,
      scopes_granted: attempt.scopes_granted,
      grantee_product: session.agents.length === 0,
      purpose: session.purpose,
      locale: attempt.locale ?? session.locale ?? 'en',
      consent_text: attempt.consent_text,
      consent_hash: attempt.consent_hash,
      consented_by: attempt.consented_by ?? {},
      consented_at: attempt.consented_at,
      expires_at: endOfConsent(attempt.consented_at, attempt.duration_days ?? null),
      ...(attempt.limited?.length && attempt.resources && { resources: attempt.resources }),
      previous_connection_id: facts.previousConnectionId,
    },
  })
  for (const agent of session.agents) {
    await tx.connection_grantees.create({
      data: { org_id: tenant.orgId, connection_id: id, agent_org_id: agent.orgId, agent_id: agent.id },
    })
  }
  await tx.connected_accounts.update({
    where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
    data: {
      // A pause is ended by whoever made it, and by nothing else.
      status: paused ? 'paused' : status,
      ...(!paused && { paused_by: [] }),
      status_reason: null,
      current_connection_id: id,
      auth_config_org_id: attempt.auth_config_org_id,
      auth_config_id: attempt.auth_config_id,
      provider_account_id: answer.id,
      label: answer.label,
      updated_at: new Date(),
    },
  })
  return id
}

/** What a narrower consent has otherwise than the one before; the rest it takes over. */
export type Narrower = {
  scopes: readonly string[]
  resources: Resources | null
  expiresAt: Date | null
  consentText: string
  consentHash: string
  consentedAt: Date
  consentedBy: Prisma.InputJsonObject
}

/** Writes a narrower consent in the place of one, for the same grantees, and puts the account under it. */
export async function narrowIn(
  tx: Tx,
  tenant: Tenant,
  before: Awaited<ReturnType<Tx['connections']['findUniqueOrThrow']>>,
  narrower: Narrower,
): Promise<string> {
  const id = newId()
  const dropped = before.scopes_granted.filter((scope) => !narrower.scopes.includes(scope))
  await tx.connections.create({
    data: {
      org_id: tenant.orgId,
      id,
      account_id: before.account_id,
      user_id: before.user_id,
      session_id: before.session_id,
      provider_account_id: before.provider_account_id,
      scopes_requested: before.scopes_requested,
      scopes_refused: [...new Set([...before.scopes_refused, ...dropped])],
      scopes_granted: [...narrower.scopes],
      grantee_product: before.grantee_product,
      purpose: before.purpose,
      locale: before.locale,
      consent_text: narrower.consentText,
      consent_hash: narrower.consentHash,
      consented_by: narrower.consentedBy,
      consented_at: narrower.consentedAt,
      expires_at: narrower.expiresAt,
      ...(narrower.resources && { resources: narrower.resources }),
      previous_connection_id: before.id,
    },
  })
  await tx.$executeRaw`
    INSERT INTO connection_grantees (org_id, connection_id, agent_org_id, agent_id)
    SELECT org_id, ${id}::uuid, agent_org_id, agent_id FROM connection_grantees
    WHERE org_id = ${tenant.orgId}::uuid AND connection_id = ${before.id}::uuid`
  await tx.connected_accounts.update({
    where: { org_id_id: { org_id: tenant.orgId, id: before.account_id } },
    data: { current_connection_id: id, updated_at: new Date() },
  })
  return id
}
