import { appendAudit, type Origin, originFields } from '#lib/audit'
import { deployment, forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { newId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { deploymentTenant } from '#lib/tenancy'
import { destroyOrgKeysIn, forgetOrgKeys } from '#lib/vault'
import { endGrantsIn } from '../agent-grants/end.ts'
import type { Deps } from '../context.ts'
import { sweepAnswers } from '../flow/sweep-answers.ts'
import type { Revocation } from '../schema.ts'
import { boundDebtsIn, giveUpSeconds } from './certificate.ts'
import { stopMassIn } from './mass-revocation.ts'
import { getRevocationIn } from './revocation-report.ts'
import { scrubOrgIn } from './scrub-org.ts'

/**
 * Deletes an org. Everything of it is stopped in one transaction and its name is free again; a job tells the
 * providers, for as long as there is time, and then destroys its keys and all that is personal.
 * @returns the report, in which the certificate will be
 * @throws AppError `forbidden` for a caller that an org restricts; `not_found`
 */
export async function deleteOrg(caller: Caller, tenant: Tenant, origin: Origin): Promise<Revocation> {
  deploymentTenant(caller)
  const actor = actorOf(caller)
  const report = await forOrg(
    tenant,
    async (tx) => {
      // Of two that delete at once, one finds it deleted.
      const [org] = await tx.$queryRaw<{ external_id: string }[]>`
        UPDATE organizations SET deleted_at = now(), updated_at = now()
        WHERE id = ${tenant.orgId}::uuid AND deleted_at IS NULL RETURNING external_id`
      if (!org) throw new AppError('not_found', { detail: 'No such organization.' })
      const now = new Date()
      await tx.api_keys.updateMany({
        where: { org_id: tenant.orgId, revoked_at: null },
        data: { revoked_at: now },
      })
      await tx.members.updateMany({
        where: { org_id: tenant.orgId },
        data: { disabled_at: now, session_version: { increment: 1 } },
      })
      await tx.agents.updateMany({
        where: { org_id: tenant.orgId, disabled_at: null },
        data: { disabled_at: now },
      })
      const { id, stopped } = await stopMassIn(
        tx,
        tenant,
        {},
        {
          batchId: newId(),
          filter: { all: true, org_deleted: true },
          reason: 'organization deleted',
          actor,
          origin,
          sessions: 'all',
        },
      )
      await endGrantsIn(tx, tenant, null, { actor, reason: 'organization deleted', origin })
      await boundDebtsIn(
        tx,
        tenant,
        stopped.map(({ accountId }) => accountId),
      )
      return getRevocationIn(tx, tenant, id)
    },
    120_000,
  )
  await forOrg(deployment, (tx) =>
    appendAudit(tx, deployment, {
      action: 'org.deleted',
      outcome: 'allowed',
      actor,
      details: {
        organization: publicId('organization', tenant.orgId),
        org_id: tenant.externalId,
        revocation_id: report.id,
        accounts: report.accounts.stopped,
      },
      ...originFields(origin),
    }),
  )
  return report
}

/**
 * Destroys what is left of a deleted org, once its providers have been told or the time for it is over.
 * @returns whether that is so
 */
export async function finishOrgDeletion(deps: Deps, tenant: Tenant, id: string): Promise<boolean> {
  while ((await sweepAnswers(deps, tenant)) > 0);
  const certificate = await forOrg(tenant, (tx) => destroyIn(tx, tenant, id), 120_000)
  if (!certificate) return false
  forgetOrgKeys(tenant)
  const agents = await forOrg(tenant, (tx) =>
    tx.agents.findMany({ where: { org_id: tenant.orgId }, select: { id: true } }),
  )
  await forOrg(deployment, async (tx) => {
    await forgetAtAuthorizationServerIn(
      tx,
      tenant,
      agents.map((agent) => publicId('agent', agent.id)),
    )
    await certifyIn(tx, tenant, id, certificate)
  })
  return true
}

/**
 * What the authorization server keeps of an org lies among the deployment's rows: of its people, which a question that waits
 * in a browser names in itself, and of its agents, by their public ids. Clients that registered themselves are nobody's.
 */
async function forgetAtAuthorizationServerIn(
  tx: Tx,
  { orgId }: Tenant,
  agents: readonly string[],
): Promise<void> {
  const people = `%@${orgId.replaceAll('-', '')}`
  await tx.$executeRaw`
    DELETE FROM oauth_records WHERE org_id = ${deployment.orgId}::uuid AND (subject_org_id = ${orgId}::uuid
      OR payload #>> '{session,accountId}' LIKE ${people} OR payload #>> '{result,login,accountId}' LIKE ${people}
      OR payload ->> 'clientId' = ANY (${agents}::text[]) OR payload #>> '{params,client_id}' = ANY (${agents}::text[]))`
}

async function destroyIn(tx: Tx, tenant: Tenant, id: string): Promise<Prisma.InputJsonObject | null> {
  const at = { org_id: tenant.orgId, id }
  const [state] = await tx.$queryRaw<
    { owed: bigint; over: boolean; certificate: Prisma.InputJsonObject | null }[]
  >`
    SELECT (SELECT count(*) FROM upstream_revocations u WHERE u.org_id = m.org_id AND u.status = 'pending') AS owed,
      m.created_at <= now() - make_interval(secs => ${giveUpSeconds}) AS over, m.certificate
    FROM mass_revocations m WHERE m.org_id = ${tenant.orgId}::uuid AND m.id = ${id}::uuid FOR UPDATE`
  if (!state) return null
  if (state.certificate) return state.certificate
  if (state.owed > 0n && !state.over) return null
  await tx.$executeRaw`
    UPDATE upstream_revocations SET status = 'unconfirmed', error_code = coalesce(error_code, 'no_answer_in_time'),
      sealed = NULL, finished_at = now()
    WHERE org_id = ${tenant.orgId}::uuid AND status = 'pending'`
  await tx.$executeRaw`
    UPDATE mass_revocation_accounts i SET upstream = u.status, error_code = u.error_code, settled_at = now()
    FROM upstream_revocations u
    WHERE i.org_id = ${tenant.orgId}::uuid AND u.org_id = i.org_id AND u.id = i.upstream_revocation_id
      AND i.upstream = 'pending'`
  const { destroyed_at, keys, credential_keys } = await destroyOrgKeysIn(tx, tenant)
  const destroyed = await scrubOrgIn(tx, tenant)
  const { accounts } = await getRevocationIn(tx, tenant, id)
  const certificate: Prisma.InputJsonObject = {
    organization: publicId('organization', tenant.orgId),
    org_id: tenant.externalId,
    destroyed_at,
    keys: keys.map((key) => ({ ...key })),
    credential_keys,
    rows: destroyed,
    providers: { ...accounts },
  }
  await appendAudit(tx, tenant, {
    action: 'org.shredded',
    outcome: 'allowed',
    actor: { type: 'system', id: 'revocation' },
    details: { revocation_id: publicId('revocation', id), destroyed_at },
  })
  await tx.mass_revocations.update({
    where: { org_id_id: at },
    data: { certificate, status: 'done', finished_at: new Date(), worked_until: null },
  })
  return certificate
}

/** Into the deployment's chain: the org's own is not read by anybody any more. Once, however often it is tried. */
async function certifyIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  certificate: Prisma.InputJsonObject,
): Promise<void> {
  const organization = publicId('organization', tenant.orgId)
  const said = await tx.audit_events.findFirst({
    where: {
      org_id: deployment.orgId,
      action: 'org.shredded',
      details: { path: ['organization'], equals: organization },
    },
    select: { id: true },
  })
  if (said) return
  const { keys, credential_keys, destroyed_at, providers } = certificate as {
    keys: { purpose: string; version: number; key_service: string; key_id: string; wrapped_sha256: string }[]
    credential_keys: number
    destroyed_at: string
    providers: Record<string, number>
  }
  await appendAudit(tx, deployment, {
    action: 'org.shredded',
    outcome: 'allowed',
    actor: { type: 'system', id: 'revocation' },
    details: {
      organization,
      org_id: tenant.externalId,
      revocation_id: publicId('revocation', id),
      destroyed_at,
      keys: keys
        .map(
          (key) =>
            `${key.purpose}:${key.version} ${key.key_service} ${key.key_id} sha256:${key.wrapped_sha256}`,
        )
        .join('; '),
      credential_keys,
      ...Object.fromEntries(Object.entries(providers).map(([name, n]) => [`accounts_${name}`, n])),
    },
  })
}
