import type { Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Attempt, ProviderAnswer } from './attempts.ts'
import type { Session } from './sessions.ts'

/**
 * Finds the account that a consent is for: the one to renew, the user's account there already, or a new one.
 * @throws AppError `account_mismatch` when a reconnect ended in another provider account
 */
export async function accountForIn(
  tx: Tx,
  tenant: Tenant,
  session: Session,
  attempt: Attempt,
  answer: ProviderAnswer,
): Promise<{ accountId: string; previousConnectionId: string | null; previousScopes: string[] | null }> {
  const renewed = session.connected_account_id
    ? await tx.connected_accounts.findUnique({
        where: { org_id_id: { org_id: tenant.orgId, id: session.connected_account_id }, deleted_at: null },
      })
    : null
  if (renewed && (renewed.connector !== attempt.connector || renewed.provider_account_id !== answer.id)) {
    throw new AppError('account_mismatch', {
      detail: 'You signed in to another account there. The account that was connected before is unchanged.',
    })
  }
  const live =
    renewed && renewed.status !== 'revoked'
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

/** Writes the consent, immutable from here on, and puts the account in use under it. */
export async function activateIn(
  tx: Tx,
  tenant: Tenant,
  facts: {
    session: Session
    attempt: Attempt
    answer: ProviderAnswer
    accountId: string
    previousConnectionId: string | null
  },
): Promise<string> {
  const { session, attempt, answer, accountId } = facts
  const id = newId()
  const account = await tx.connected_accounts.findUniqueOrThrow({
    where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
  })
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
      locale: session.locale ?? 'en',
      consent_text: attempt.consent_text,
      consent_hash: attempt.consent_hash,
      consented_by: attempt.consented_by ?? {},
      consented_at: attempt.consented_at,
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
      // An admin's pause is not the user's to end.
      status: account.status === 'paused' ? 'paused' : 'active',
      status_reason: null,
      current_connection_id: id,
      auth_config_org_id: attempt.auth_config_org_id,
      auth_config_id: attempt.auth_config_id,
      label: answer.label,
      updated_at: new Date(),
    },
  })
  return id
}
