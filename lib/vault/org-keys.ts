import { randomBytes } from 'node:crypto'
import { forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { type KeyService, localKeyService } from './key-service.ts'

type OrgKey = { version: number; key: Uint8Array }
type Cached = { key: Promise<OrgKey>; until: number }

// A short life bounds how long a destroyed key stays usable in another process; the size bounds the memory.
const cacheMs = 30_000
const cachedMax = 5_000
const cache = new Map<string, Cached>()

const keyService: KeyService = localKeyService

/** Makes the first data key of an org, in the transaction that makes the org. */
export async function createOrgKeyIn(tx: Tx, tenant: Tenant): Promise<void> {
  const wrapped = await keyService.wrap(tenant.orgId, 1, randomBytes(32))
  await tx.org_keys.create({
    data: { org_id: tenant.orgId, version: 1, key_service: keyService.name, wrapped },
  })
}

async function readKey(tenant: Tenant, version: number | null): Promise<OrgKey> {
  const row = await forOrg(tenant, (tx) =>
    tx.org_keys.findFirst({
      where: {
        org_id: tenant.orgId,
        purpose: 'data',
        ...(version === null ? { retired_at: null } : { version }),
      },
      orderBy: { version: 'desc' },
    }),
  )
  if (!row && version === null) return firstKey(tenant)
  if (!row?.wrapped)
    throw new AppError('unavailable', {}, { internal: `data key ${version} of the org is gone` })
  try {
    return { version: row.version, key: await keyService.unwrap(tenant.orgId, row.version, row.wrapped) }
  } catch (cause) {
    throw new AppError(
      'unavailable',
      {},
      { internal: 'data key does not unwrap: is BEHALF_MASTER_KEY the right one?', cause },
    )
  }
}

/** The deployment's own key is made on first use; for an org this is the mend of a half-made one. */
async function firstKey(tenant: Tenant): Promise<OrgKey> {
  try {
    await forOrg(tenant, (tx) => createOrgKeyIn(tx, tenant))
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
  return readKey(tenant, 1)
}

/** A data key of an org: the named version, or the one to seal with. Concurrent callers share one read. */
export function orgKey(tenant: Tenant, version: number | null = null): Promise<OrgKey> {
  const id = `${tenant.orgId}/${version ?? 'current'}`
  const now = performance.now()
  const found = cache.get(id)
  if (found && found.until > now) return found.key
  const key = readKey(tenant, version)
  if (cache.size >= cachedMax) cache.clear()
  const cached = { key, until: now + cacheMs }
  cache.set(id, cached)
  // A failure is not kept: the next caller asks again.
  key.catch(() => cache.get(id) === cached && cache.delete(id))
  return key
}

/** Drops what this process holds of an org's keys. */
export function forgetOrgKeys(tenant: Tenant): void {
  for (const id of cache.keys()) if (id.startsWith(`${tenant.orgId}/`)) cache.delete(id)
}
