import { randomBytes } from 'node:crypto'
import { config, keyServiceNames } from '#lib/config'
import { forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { anchored } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { createKeyCache, type KeyRow, type OrgKey } from './key-cache.ts'
import {
  deploymentKey,
  type KeyPurpose,
  KeyServiceError,
  type KeyTarget,
  unwrapKey,
  type Wrapped,
  wrapKey,
} from './key-services/index.ts'

// Next bundles a module once per route: what is forgotten must be forgotten in all of them.
const cache = anchored('vault.keys', () => createKeyCache(() => config().keys.cacheSeconds * 1_000))

/** A data key of an org: the named version, or the one to seal with. */
export const orgKey = (tenant: Tenant, version: number | null = null): Promise<OrgKey> =>
  keyOf(tenant, 'data', version)

/** The key of an org's keyed hashes: they must stay comparable, so it is made once and only re-wrapped. */
export const orgHmacKey = (tenant: Tenant): Promise<OrgKey> => keyOf(tenant, 'hmac', null)

const keyOf = (tenant: Tenant, purpose: KeyPurpose, version: number | null) =>
  cache.get(
    `${tenant.orgId}/${purpose}/${version ?? 'current'}`,
    () => readRow(tenant, purpose, version),
    (row) => unwrapKey(row, { orgId: tenant.orgId, purpose, version: row.version }),
  )

/** Drops what this process holds of an org's keys. */
export function forgetOrgKeys(tenant: Tenant): void {
  cache.forget(`${tenant.orgId}/`)
}

type Row = Omit<KeyRow, 'wrapped'> & { wrapped: Uint8Array | null }

async function readRow(tenant: Tenant, purpose: KeyPurpose, version: number | null): Promise<KeyRow> {
  const [row] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<Row[]>`
      SELECT k.version, k.wrapped, k.key_service AS service, k.key_id AS "keyId", o.key_name IS NOT NULL AS own
      FROM keyring.org_keys k JOIN organizations o ON o.id = k.org_id
      WHERE k.org_id = ${tenant.orgId}::uuid AND k.purpose = ${purpose}
        AND (k.version = ${version}::int OR ${version}::int IS NULL AND k.retired_at IS NULL)
      ORDER BY k.version DESC LIMIT 1`,
  )
  if (!row && version === null) return firstKey(tenant, purpose)
  if (!row?.wrapped)
    throw new AppError(
      'unavailable',
      {},
      { internal: `the ${purpose} key${version === null ? '' : ` ${version}`} of the org is gone` },
    )
  return { ...row, wrapped: row.wrapped }
}

/** Made on first use: both keys of the deployment, and what an org lacks that was made by an earlier version. */
async function firstKey(tenant: Tenant, purpose: KeyPurpose): Promise<KeyRow> {
  const key = await prepareKey(tenant, purpose, 1, await targetOf(tenant))
  try {
    await forOrg(tenant, (tx) => insertKeyIn(tx, tenant, key))
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
  return readRow(tenant, purpose, 1)
}

export type PreparedKey = Wrapped & { purpose: KeyPurpose; version: number; target: KeyTarget }

/** A new key, wrapped, to be put in place by `insertKeyIn`: the service is asked while no transaction is open. */
export async function prepareKey(
  tenant: Tenant,
  purpose: KeyPurpose,
  version: number,
  target: KeyTarget,
): Promise<PreparedKey> {
  const context = { orgId: tenant.orgId, purpose, version }
  const wrapped = await wrapKey(target, context, randomBytes(32)).catch(asUnavailable)
  return { ...wrapped, purpose, version, target }
}

/** What a key service says, as the caller of a route is told: that it cannot be done just now, and no more. */
export function asUnavailable(error: unknown): never {
  if (!(error instanceof KeyServiceError)) throw error
  throw new AppError('unavailable', {}, { internal: error.message, cause: error })
}

/** @throws AppError `unavailable` when the org was deleted, or came to another key service meanwhile */
export async function insertKeyIn(tx: Tx, tenant: Tenant, key: PreparedKey): Promise<void> {
  const [org] = await tx.$queryRaw<OwnTarget[]>`
    SELECT key_service, key_name, deleted_at IS NOT NULL OR EXISTS (SELECT FROM keyring.org_keys
      WHERE org_id = id AND destroyed_at IS NOT NULL AND retired_at IS NULL) AS gone
    FROM organizations WHERE id = ${tenant.orgId}::uuid FOR SHARE`
  const { service, name } = org ? targetFrom(org) : deploymentKey()
  if (!org || org.gone || service !== key.target.service || name !== key.target.name)
    throw new AppError(
      'unavailable',
      {},
      { internal: `no new ${key.purpose} key for the org: it or its key is gone` },
    )
  await tx.org_keys.create({
    data: {
      org_id: tenant.orgId,
      purpose: key.purpose,
      version: key.version,
      key_service: key.target.service,
      key_id: key.keyId,
      wrapped: key.wrapped,
    },
  })
}

/** The keys of an org that is about to be made; what comes back puts them in place in the transaction that makes it. */
export async function prepareOrgKeys(tenant: Tenant): Promise<(tx: Tx) => Promise<void>> {
  const target = deploymentKey()
  const keys = await Promise.all(
    (['data', 'hmac'] as const).map((purpose) => prepareKey(tenant, purpose, 1, target)),
  )
  return async (tx) => {
    for (const key of keys) await insertKeyIn(tx, tenant, key)
  }
}

type OwnTarget = { key_service: string | null; key_name: string | null; gone: boolean }

function targetFrom({ key_service, key_name }: OwnTarget): KeyTarget {
  const service = keyServiceNames.find((name) => name === key_service)
  return service && key_name !== null ? { service, name: key_name } : deploymentKey()
}

/** Which key wraps an org's keys: its own, or the deployment's. */
export async function targetOf(tenant: Tenant): Promise<KeyTarget> {
  const at = { where: { id: tenant.orgId } }
  const row = await forOrg(tenant, (tx) => tx.organizations.findUnique(at))
  return row ? targetFrom({ ...row, gone: false }) : deploymentKey()
}

/** Whether a data key of the org is gone for ever: what it sealed opens no more. */
export const isDestroyed = async (tenant: Tenant, version: number): Promise<boolean> => {
  const at = { org_id: tenant.orgId, purpose: 'data', version, wrapped: null }
  return (await forOrg(tenant, (tx) => tx.org_keys.count({ where: at }))) > 0
}
