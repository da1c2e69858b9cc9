import { appendAudit, type Origin, originFields } from '#lib/audit'
import { deployment } from '#lib/db'
import { enqueueIn } from '#lib/jobs'
import { rotateSigningKey } from '#lib/signing'
import { createKeyRotation } from '#lib/vault'

const rotationJobs = { rewrap: 'rewrap_keys', reencrypt: 'reencrypt_org' } as const

/** Rotation of the keys that everything is sealed with; its steps are jobs. */
export const keyRotation = createKeyRotation<Origin>({
  recordIn: (tx, tenant, by, action, details, from) =>
    appendAudit(tx, tenant, {
      action,
      outcome: 'allowed',
      actor: by ?? { type: 'system', id: 'key-rotation' },
      details,
      ...(from && originFields(from)),
    }),
  queueIn: (tx, tenant, kind, id, runInSeconds) =>
    enqueueIn(tx, tenant, rotationJobs[kind], { rotation_id: id }, { runInSeconds, key: `rotation/${id}` }),
})

/**
 * A new key for what the deployment signs.
 * @param olderThanDays only where the current one is that old
 * @returns its id, or `null` where there was no need
 */
export const rotateSigning = (
  by: { type: string; id: string },
  from: Origin | null,
  olderThanDays?: number,
): Promise<string | null> =>
  rotateSigningKey(
    (tx, { kid, retired }) =>
      appendAudit(tx, deployment, {
        action: 'signing_key.rotated',
        outcome: 'allowed',
        actor: by,
        details: { kid, retired },
        ...(from && originFields(from)),
      }),
    olderThanDays,
  )
