import { deployment, forOrg, listTenants, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import {
  deploymentKey,
  type KeyPurpose,
  KeyServiceError,
  type KeyTarget,
  probeTarget,
  unwrapKey,
  type Wrapped,
  wrapKey,
} from './key-services/index.ts'
import { asUnavailable, forgetOrgKeys, targetOf } from './org-keys.ts'

type Live = {
  purpose: KeyPurpose
  version: number
  service: string
  keyId: string
  wrapped: Uint8Array<ArrayBuffer>
}
type Rewrapped = { from: Live; to: Wrapped; service: string }

const liveKeysIn = (tx: Tx, tenant: Tenant) =>
  tx.$queryRaw<Live[]>`
    SELECT purpose, version, key_service AS service, key_id AS "keyId", wrapped FROM keyring.org_keys
    WHERE org_id = ${tenant.orgId}::uuid AND wrapped IS NOT NULL ORDER BY purpose, version`

/** Unwraps at the old service and wraps at the new one; nothing is written. */
async function rewrapped(tenant: Tenant, from: Live, target: KeyTarget): Promise<Rewrapped> {
  const context = { orgId: tenant.orgId, purpose: from.purpose, version: from.version }
  const key = await unwrapKey(from, context)
  const to = await wrapKey(target, context, key)
  key.fill(0)
  return { from, to, service: target.service }
}

/** Compare-and-set on the wrapped bytes. @returns whether they were as they had been read */
async function replaceIn(tx: Tx, tenant: Tenant, { from, to, service }: Rewrapped): Promise<boolean> {
  const { count } = await tx.org_keys.updateMany({
    where: { org_id: tenant.orgId, purpose: from.purpose, version: from.version, wrapped: from.wrapped },
    data: { wrapped: to.wrapped, key_service: service, key_id: to.keyId },
  })
  return count === 1
}

/** Re-wraps what an org's target does not wrap already. @throws KeyServiceError */
async function rewrapOrg(
  tenant: Tenant,
  target: KeyTarget,
  currentId: (target: KeyTarget) => Promise<string>,
): Promise<void> {
  const live = await forOrg(tenant, (tx) => liveKeysIn(tx, tenant))
  if (live.length === 0) return
  const wanted = await currentId(target)
  for (const key of live) {
    if (key.service === target.service && key.keyId === wanted) continue
    const next = await rewrapped(tenant, key, target)
    // Somebody else re-wrapped it meanwhile: as good.
    await forOrg(tenant, (tx) => replaceIn(tx, tenant, next))
  }
}

export type RewrapProgress = { total: number; done: number; failed: number; errorCode: string | null }

async function everyone(): Promise<Tenant[]> {
  const tenants = [deployment]
  for (let before: string | null = null; ; ) {
    const page: Tenant[] = await listTenants(before, 500)
    tenants.push(...page)
    before = page.at(-1)?.orgId ?? null
    if (page.length < 500) return tenants
  }
}

/** How many keys, over all orgs, each key of each service wraps. */
export async function countWrapped(): Promise<{ key_service: string; key_id: string; keys: number }[]> {
  const counts = new Map<string, { key_service: string; key_id: string; keys: number }>()
  for (const tenant of await everyone()) {
    for (const { service, keyId } of await forOrg(tenant, (tx) => liveKeysIn(tx, tenant))) {
      const at = `${service}/${keyId}`
      const found = counts.get(at) ?? { key_service: service, key_id: keyId, keys: 0 }
      counts.set(at, { ...found, keys: found.keys + 1 })
    }
  }
  return [...counts.values()]
}

/**
 * Brings every org's keys, the deployment's among them, under the key that wraps now. Running it again goes on where
 * an earlier run ended: what is re-wrapped is passed over.
 * @param progress told after each org; throws to stop
 * @throws AppError `unavailable` when the deployment's own key service is
 */
export async function rewrapAll(progress: (at: RewrapProgress) => Promise<void>): Promise<RewrapProgress> {
  const ids = new Map<string, Promise<string>>()
  const currentId = (target: KeyTarget) => {
    const id = `${target.service}/${target.name}`
    const found = ids.get(id) ?? probeTarget(target)
    ids.set(id, found)
    return found
  }
  // One that does not answer now would fail every org: better tried again as a whole.
  await currentId(deploymentKey()).catch(asUnavailable)
  const tenants = await everyone()
  const at: RewrapProgress = { total: tenants.length, done: 0, failed: 0, errorCode: null }
  for (const tenant of tenants) {
    try {
      await rewrapOrg(tenant, await targetOf(tenant), currentId)
      at.done++
    } catch (error) {
      if (!(error instanceof KeyServiceError)) throw error
      log.error({ org_id: tenant.orgId }, `keys of an org not re-wrapped: ${error.message}`)
      at.failed++
      at.errorCode = `key_service_${error.kind}`
    }
    await progress(at)
  }
  return at
}

/**
 * Lets an org name the key that wraps its keys (BYOK), or with `null` go back to the deployment's. The key is tried
 * first; then all of the org's keys come under it in one transaction, or none.
 * @param recordIn what is to be recorded with the change
 * @throws AppError `invalid_request` when the key does not wrap and unwrap; `unavailable`
 */
export async function nameOrgKey(
  tenant: Tenant,
  own: KeyTarget | null,
  recordIn: (tx: Tx, keyId: string) => Promise<void>,
): Promise<void> {
  const target = own ?? deploymentKey()
  const keyId = await probeTarget(target).catch(asRefusal)
  const live = await forOrg(tenant, (tx) => liveKeysIn(tx, tenant))
  const all = await Promise.all(live.map((key) => rewrapped(tenant, key, target))).catch(asUnavailable)
  await forOrg(tenant, async (tx) => {
    await tx.organizations.update({
      where: { id: tenant.orgId },
      data: { key_service: own?.service ?? null, key_name: own?.name ?? null, updated_at: new Date() },
    })
    const now = await liveKeysIn(tx, tenant)
    const replaced: boolean[] = []
    for (const next of all) replaced.push(await replaceIn(tx, tenant, next))
    // A key that was made or re-wrapped meanwhile must not stay behind under the old service.
    if (now.length !== all.length || !replaced.every(Boolean))
      throw new AppError('conflict', { detail: 'The keys of this organization are changing. Try again.' })
    await recordIn(tx, keyId)
  })
  forgetOrgKeys(tenant)
}

function asRefusal(error: unknown): never {
  if (!(error instanceof KeyServiceError) || error.kind === 'outage') asUnavailable(error)
  throw new AppError(
    'invalid_request',
    {
      detail:
        'This key does not wrap and unwrap for us: does it exist, is it enabled, are we allowed to use it?',
      param: 'encryption_key',
      errors: [{ path: 'encryption_key', message: 'cannot be used' }],
    },
    { internal: error.message },
  )
}
