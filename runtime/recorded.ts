// What routes and pages write down about a change.
import { appendAudit, noteView, type Origin, originFields, type Records } from '#lib/audit'
import type { Tx } from '#lib/db'
import { emit } from '#lib/events'
import { actorOf } from '#lib/identity'
import type { Stop } from '#lib/limits/schema'
import type { Published as PublishedPolicies } from '#lib/policy'
import type { Caller, Tenant } from '#lib/proof'

/** Appends what a caller changed to the org's audit, in the transaction of the change. */
export const audited = (
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  origin: Origin,
  action: string,
  details: Readonly<Record<string, string | number | boolean | null>>,
  changedFields: readonly string[] = [],
): Promise<void> =>
  appendAudit(tx, tenant, {
    action,
    outcome: 'allowed',
    actor: actorOf(caller),
    changed_fields: changedFields,
    ...originFields(origin),
    details,
  })

/** Appends that other policies are in force from now on, in the transaction of the change. */
export const policyChanged =
  (tenant: Tenant, caller: Caller, origin: Origin, action: string, reason?: string) =>
  (tx: Tx, { version, previous, casesFailing }: PublishedPolicies): Promise<void> =>
    audited(
      tx,
      tenant,
      caller,
      origin,
      action,
      {
        policy_version_id: version.id,
        version: String(version.number),
        previous: String(previous ?? 'none'),
        ...(casesFailing > 0 && { cases_failing: String(casesFailing) }),
        ...(reason !== undefined && { reason }),
      },
      ['in_force'],
    )

/** Says in audit and outbox that calls were stopped, or go on, in the transaction of the change. */
export const stopTold =
  (tenant: Tenant, caller: Caller, origin: Origin, action: 'stop.placed' | 'stop.lifted') =>
  async (tx: Tx, { id, subject, reason, until, lift_reason }: Stop): Promise<void> => {
    const about = {
      stop_id: id,
      subject: subject.type,
      subject_id: subject.id,
      ...(action === 'stop.placed' ? { reason, until } : { reason: lift_reason }),
    }
    await audited(tx, tenant, caller, origin, action, about)
    await emit(tx, tenant, action, about)
  }

/** Records that somebody looked at an organization's records; pages in a row are one look. */
export const viewed = (tenant: Tenant, caller: Caller, origin: Origin | null, what: Records): Promise<void> =>
  noteView(tenant, actorOf(caller), origin, what)
