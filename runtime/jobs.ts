import { sweepApprovals } from '#lib/approvals'
import { retainQuietly, signDueHeads } from '#lib/audit'
import { sweepRecords } from '#lib/authorization-server'
import { sweepExecutions } from '#lib/broker'
import { config } from '#lib/config'
import { rollUsage } from '#lib/console'
import { dropAuditPartitions, listOrgsBeingDeleted, lookupTenant, makeAuditPartitions } from '#lib/db'
import { sweepAssertions, sweepProofs, systemCaller } from '#lib/identity'
import type { Handlers } from '#lib/jobs'
import { sweepMeters } from '#lib/limits'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { sweepRequestLog } from '#lib/request-log'
import { sweepDetails } from '#lib/scopes'
import { allTenants } from '#lib/tenancy'
import { replaySpool } from '#lib/vault'
import { broker, connect, lazyEgress } from './composition.ts'
import { keyRotation, rotateSigning } from './keys.ts'

/** What fails for one org, or of one thing, is for the log: the others go on. */
async function everywhere(
  job: string,
  chores: Readonly<Record<string, (tenant: Tenant) => Promise<unknown>>>,
): Promise<void> {
  for await (const tenant of allTenants(systemCaller(job))) {
    for (const [chore, work] of Object.entries(chores)) {
      await work(tenant).catch((err: unknown) =>
        log.error({ err, job, chore, org_id: tenant.externalId }, 'chore failed'),
      )
    }
  }
}

/** Runs on the worker, by the clock or from the outbox. */
export const jobs: Handlers = {
  execute_approval: async ({ org_id, approval_id }, signal) => {
    const tenant = await lookupTenant(org_id)
    if (tenant) await broker.executeApproved(tenant, approval_id, signal)
  },
  settle_revocation: async ({ org_id, revocation_id }) => {
    const tenant = await lookupTenant(org_id)
    if (!tenant) return
    const settled = await connect.settleRevocation(tenant, revocation_id)
    // Throwing is how a job asks to be tried again, with growing pauses.
    if (settled === 'pending') throw new Error('the provider has not confirmed the revocation yet')
  },
  settle_mass_revocation: async ({ org_id, revocation_id }, signal) => {
    const tenant = await lookupTenant(org_id)
    if (tenant) await connect.settleMassRevocation(tenant, revocation_id, signal)
  },
  stop_batch: async ({ batch_id }) => void (await connect.stopBatch(batch_id)),
  give_back_answers: async ({ org_id }) => {
    const tenant = await lookupTenant(org_id)
    while (tenant && (await connect.sweepAnswers(tenant)) > 0);
  },
  hourly: async () => {
    await everywhere('hourly', {
      domains: connect.checkDueDomains,
      mail: connect.sweepMail,
      assertions: sweepAssertions,
      proofs: sweepProofs,
      meters: sweepMeters,
      requestLog: sweepRequestLog,
      usage: rollUsage,
    })
  },
  keep_audit: async (_, signal) => {
    await makeAuditPartitions(3)
    for await (const tenant of allTenants(systemCaller('retention'))) {
      await retainQuietly(tenant, config().audit.retentionDays, signal)
    }
    await dropAuditPartitions()
  },
  sign_audit_heads: async () => void (await signDueHeads(lazyEgress, config().audit.checkpointSeconds)),
  send_mail: async ({ org_id, mail_id }) => {
    const tenant = await lookupTenant(org_id)
    const sent = tenant && (await connect.sendMail(tenant, mail_id))
    if (sent === 'waiting') throw new Error('the mail has not gone yet')
  },
  rewrap_keys: ({ rotation_id }, signal) => keyRotation.stepRewrap(rotation_id, signal),
  reencrypt_org: async ({ org_id, rotation_id }, signal) => {
    const tenant = await lookupTenant(org_id)
    if (tenant) await keyRotation.stepReencrypt(tenant, rotation_id, signal)
  },
  sweep: async () => {
    // What a process that shares this disk left behind when it ended.
    void replaySpool()
    await everywhere('sweep', {
      executions: sweepExecutions,
      reconcile: broker.reconcile,
      approvals: sweepApprovals,
      answers: connect.sweepAnswers,
      consents: connect.endExpiredConsents,
      revocations: connect.resumeRevocations,
      credentials: connect.sweepCredentials,
      requests: connect.sweepRequests,
      details: sweepDetails,
    })
    for (const tenant of await listOrgsBeingDeleted()) await connect.resumeRevocations(tenant)
    await sweepRecords()
    await rotateSigning({ type: 'system', id: 'sweep' }, null, config().signingKeyDays)
  },
}

export const crontab = '* * * * * sweep\n* * * * * sign_audit_heads\n17 * * * * hourly\n41 * * * * keep_audit'
