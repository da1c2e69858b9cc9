import { deployment, forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { cacheLifeSeconds } from './key-cache.ts'
import { forgetOrgKeys, insertKeyIn, isDestroyed, orgKey, prepareKey, targetOf } from './org-keys.ts'
import { countSealed, resealPass } from './reseal.ts'
import { rewrapAll } from './rewrap.ts'

// The life of a rotation, each step taken up again by whoever finds the row `running`:
//   rewrap      every org in turn; re-wrapped keys are passed over                                 → done | failed
//   reencrypt   new version current → passes over the sealed columns until one finds nothing old, no process can
//               seal under the old version any more, and none may still read with it → old destroyed → done | failed
//   failed      some of it could not be done, and nothing was destroyed: starting again goes on

export type RotationKind = 'rewrap' | 'reencrypt'

export type Rotation = {
  id: string
  kind: RotationKind
  status: 'running' | 'done' | 'failed'
  from_version: number | null
  to_version: number | null
  /** Organizations for a rewrap, sealed values for a reencrypt. */
  total: number
  done: number
  failed: number
  error_code: string | null
  created_at: string
  finished_at: string | null
}

/** Who started it, as the audit names actors. */
export type By = Readonly<{ type: string; id: string }>

export type RotationHooks<From> = {
  /**
   * Records a step in the transaction that takes it; `by` is `null` for what the job does by itself, and `from` where
   * it was not asked for by a request.
   */
  recordIn(
    tx: Tx,
    tenant: Tenant,
    by: By | null,
    action: string,
    details: Readonly<Record<string, string>>,
    from: From | null,
  ): Promise<void>
  /** Has the next step run, at the earliest in so many seconds. */
  queueIn(tx: Tx, tenant: Tenant, kind: RotationKind, id: string, inSeconds: number): Promise<void>
}

/** Until no process, and no transaction that one has open, can still write what the old version sealed. */
const settleSeconds = cacheLifeSeconds + 40
/** Until whoever read a row as it was before it was sealed anew has opened it. */
const quietSeconds = 30
/** A renewal that waits on a disk for its database is sealed under the old version: it is waited for, so long. */
const intentSecondsMax = 86_400
const stepMsMax = 20_000

type Row = Awaited<ReturnType<Tx['key_rotations']['findFirstOrThrow']>>

const view = (row: Row): Rotation => ({
  id: row.id,
  kind: row.kind as RotationKind,
  status: row.status as Rotation['status'],
  from_version: row.from_version,
  to_version: row.to_version,
  total: row.total,
  done: row.done,
  failed: row.failed,
  error_code: row.error_code,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

/** The rotations of an org, newest first; those of the deployment re-wrap all orgs' keys. */
export const rotationsOf = (tenant: Tenant, most = 20): Promise<Rotation[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId }
    return (await tx.key_rotations.findMany({ where, orderBy: { id: 'desc' }, take: most })).map(view)
  })

export type KeyState = {
  purpose: string
  version: number
  state: 'current' | 'retired' | 'destroyed'
  key_service: string
  key_id: string
  created_at: string
  retired_at: string | null
  destroyed_at: string | null
  /** How many sealed values stand under this version. */
  sealed: number
}

/** An org's keys, newest first, with what each still seals. */
export async function keyStatus(tenant: Tenant): Promise<KeyState[]> {
  const counts = await countSealed(tenant)
  const rows = await forOrg(tenant, (tx) =>
    tx.org_keys.findMany({
      where: { org_id: tenant.orgId },
      orderBy: [{ purpose: 'asc' }, { version: 'desc' }],
    }),
  )
  return rows.map((row) => ({
    purpose: row.purpose,
    version: row.version,
    state: row.destroyed_at ? 'destroyed' : row.retired_at ? 'retired' : 'current',
    key_service: row.key_service,
    key_id: row.key_id,
    created_at: row.created_at.toISOString(),
    retired_at: row.retired_at?.toISOString() ?? null,
    destroyed_at: row.destroyed_at?.toISOString() ?? null,
    sealed: row.purpose === 'data' ? (counts.get(row.version) ?? 0) : 0,
  }))
}

const runningOf = (tenant: Tenant, kind: RotationKind) =>
  forOrg(tenant, (tx) =>
    tx.key_rotations.findFirst({ where: { org_id: tenant.orgId, kind, status: 'running' } }),
  )

/** Two that start at the same moment are one. */
async function startedOnce(tenant: Tenant, kind: RotationKind, start: () => Promise<Row>): Promise<Rotation> {
  const running = await runningOf(tenant, kind)
  if (running) return view(running)
  try {
    return view(await start())
  } catch (error) {
    const other = isUniqueViolation(error) ? await runningOf(tenant, kind) : null
    if (!other) throw error
    return view(other)
  }
}

/** Rotation of keys while everything runs: what starts it, and the steps that its jobs take. */
export function createKeyRotation<From>({ recordIn, queueIn }: RotationHooks<From>) {
  /** Brings all orgs' keys under the key that wraps now, such as a new master key. */
  const startRewrap = (by: By, from: From | null = null): Promise<Rotation> =>
    startedOnce(deployment, 'rewrap', () =>
      forOrg(deployment, async (tx) => {
        const row = await tx.key_rotations.create({
          data: { org_id: deployment.orgId, id: newId(), kind: 'rewrap', status: 'running', created_by: by },
        })
        await queueIn(tx, deployment, 'rewrap', row.id, 0)
        const details = { kind: 'rewrap', rotation_id: row.id }
        await recordIn(tx, deployment, by, 'key.rotation_started', details, from)
        return row
      }),
    )

  /** Gives an org a new data key, and has all that older ones sealed sealed anew. */
  const startReencrypt = (tenant: Tenant, by: By, from: From | null = null): Promise<Rotation> =>
    startedOnce(tenant, 'reencrypt', async () => {
      const { version: old } = await orgKey(tenant)
      const where = { org_id: tenant.orgId, purpose: 'data' }
      const newest = await forOrg(tenant, (tx) =>
        tx.org_keys.findFirstOrThrow({ where, orderBy: { version: 'desc' } }),
      )
      const to = newest.version + 1
      const key = await prepareKey(tenant, 'data', to, await targetOf(tenant))
      const total = [...(await countSealed(tenant)).values()].reduce((sum, rows) => sum + rows, 0)
      const row = await forOrg(tenant, async (tx) => {
        const started = await tx.key_rotations.create({
          data: {
            org_id: tenant.orgId,
            id: newId(),
            kind: 'reencrypt',
            status: 'running',
            from_version: old,
            to_version: to,
            total,
            created_by: by,
          },
        })
        await tx.$executeRaw`UPDATE keyring.org_keys SET retired_at = now()
          WHERE org_id = ${tenant.orgId}::uuid AND purpose = 'data' AND retired_at IS NULL`
        await insertKeyIn(tx, tenant, key)
        await queueIn(tx, tenant, 'reencrypt', started.id, 0)
        const details = { kind: 'reencrypt', rotation_id: started.id, to_version: String(to) }
        await recordIn(tx, tenant, by, 'key.rotation_started', details, from)
        return started
      })
      forgetOrgKeys(tenant)
      return row
    })

  const finishIn = async (tx: Tx, tenant: Tenant, row: Row, errorCode: string | null) => {
    const status = errorCode === null ? 'done' : 'failed'
    const { count } = await tx.key_rotations.updateMany({
      where: { org_id: tenant.orgId, id: row.id, status: 'running' },
      data: { status, error_code: errorCode, updated_at: new Date(), finished_at: new Date() },
    })
    if (count === 0) return
    if (row.kind === 'reencrypt' && status === 'done')
      await tx.org_keys.updateMany({
        where: {
          org_id: tenant.orgId,
          purpose: 'data',
          version: { lt: row.to_version ?? 0 },
          wrapped: { not: null },
        },
        data: { wrapped: null, destroyed_at: new Date() },
      })
    const details = {
      kind: row.kind,
      rotation_id: row.id,
      status,
      ...(errorCode !== null && { error_code: errorCode }),
    }
    await recordIn(tx, tenant, null, 'key.rotation_finished', details, null)
  }

  const stepRewrap = async (id: string, signal: AbortSignal): Promise<void> => {
    const at = { org_id_id: { org_id: deployment.orgId, id } }
    const row = await forOrg(deployment, (tx) => tx.key_rotations.findUnique({ where: at }))
    if (row?.status !== 'running') return
    let writtenAtMs = Number.NEGATIVE_INFINITY
    const result = await rewrapAll(async ({ errorCode, ...numbers }) => {
      // Throwing is how a job that is stopped is taken up again by another worker.
      signal.throwIfAborted()
      if (performance.now() - writtenAtMs < 1_000 && numbers.done + numbers.failed < numbers.total) return
      writtenAtMs = performance.now()
      const data = { ...numbers, error_code: errorCode, updated_at: new Date() }
      await forOrg(deployment, (tx) => tx.key_rotations.update({ where: at, data }))
    })
    await forOrg(deployment, (tx) => finishIn(tx, deployment, row, result.errorCode))
  }

  const stepReencrypt = async (tenant: Tenant, id: string, signal: AbortSignal): Promise<void> => {
    const at = { org_id_id: { org_id: tenant.orgId, id } }
    const row = await forOrg(tenant, (tx) => tx.key_rotations.findUnique({ where: at }))
    if (row?.status !== 'running' || row.to_version === null) return
    // The org was deleted meanwhile: nothing of it can be sealed anew, or has to be.
    if (await isDestroyed(tenant, row.to_version)) {
      await forOrg(tenant, (tx) => finishIn(tx, tenant, row, 'keys_destroyed'))
      return
    }
    // This process may still hold the version before as the current one.
    forgetOrgKeys(tenant)
    const endsAtMs = performance.now() + stepMsMax
    const pass = await resealPass(
      tenant,
      row.to_version,
      () => !signal.aborted && performance.now() < endsAtMs,
    )
    await forOrg(tenant, async (tx) => {
      await tx.$executeRaw`UPDATE key_rotations SET done = done + ${pass.resealed}, failed = ${pass.failed},
        total = greatest(total, done + ${pass.resealed} + ${pass.failed}),
        updated_at = CASE WHEN ${pass.resealed} > 0 THEN now() ELSE updated_at END
        WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid`
      const wait = pass.left ? 0 : await secondsToWaitIn(tx, tenant, id)
      if (wait === null) await finishIn(tx, tenant, row, pass.failed > 0 ? 'sealed_bytes_do_not_open' : null)
      else await queueIn(tx, tenant, 'reencrypt', id, wait)
    })
    forgetOrgKeys(tenant)
  }

  return { startRewrap, startReencrypt, stepRewrap, stepReencrypt }
}

/** Seconds until the old versions may be destroyed at the earliest; `null` when now, for the pass that found none. */
async function secondsToWaitIn(tx: Tx, tenant: Tenant, id: string): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ seconds: number; intents: boolean }[]>`
    SELECT greatest(${settleSeconds} - extract(epoch FROM now() - r.created_at),
        ${quietSeconds} - extract(epoch FROM now() - r.updated_at))::float8 AS seconds,
      now() - r.created_at < make_interval(secs => ${intentSecondsMax}) AND EXISTS (SELECT FROM credentials c
        WHERE c.org_id = r.org_id AND c.refresh_intent IS NOT NULL AND (c.dead_at IS NULL OR c.dead_reason = 'rotation_lost')
          AND c.refresh_intent_at < r.created_at + make_interval(secs => ${settleSeconds})) AS intents
    FROM key_rotations r WHERE r.org_id = ${tenant.orgId}::uuid AND r.id = ${id}::uuid`
  if (!row) return null
  if (row.seconds > 0) return Math.ceil(row.seconds)
  return row.intents ? quietSeconds : null
}
