import type { z } from 'zod'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, newToken, publicId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { apiKey } from './schema.ts'

type Row = Awaited<ReturnType<Tx['api_keys']['findFirstOrThrow']>>
export type ApiKey = z.infer<typeof apiKey>

const view = (tenant: Tenant, row: Row): ApiKey => ({
  id: publicId('api_key', row.id),
  name: row.name,
  org_id: tenant.externalId.startsWith('#') ? null : tenant.externalId,
  hint: row.hint,
  roles: row.roles,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
})

/** Makes a key. `secret` is in no row and can never be read again. */
export async function createApiKeyIn(
  tx: Tx,
  tenant: Tenant,
  input: { name: string; roles: readonly string[]; expires_in_seconds?: number | undefined },
): Promise<ApiKey & { secret: string }> {
  const secret = newToken('sk')
  const row = await tx.api_keys.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      name: input.name,
      hash: sha256(secret),
      hint: secret.slice(-4),
      roles: [...input.roles],
      expires_at: input.expires_in_seconds ? new Date(Date.now() + input.expires_in_seconds * 1000) : null,
    },
  })
  return { ...view(tenant, row), secret }
}

/** Makes sure that a key with a secret known beforehand exists: the demo's, which is derived. */
export async function ensureApiKeyIn(
  tx: Tx,
  tenant: Tenant,
  input: { name: string; secret: string },
): Promise<void> {
  const { name, secret } = input
  await tx.api_keys.createMany({
    data: [
      { org_id: tenant.orgId, id: newId(), name, hash: sha256(secret), hint: secret.slice(-4), roles: [] },
    ],
    skipDuplicates: true,
  })
}

export const listApiKeys = (tenant: Tenant, before: string | null, most: number): Promise<ApiKey[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, ...(before && { id: { lt: before } }) }
    const rows = await tx.api_keys.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => view(tenant, row))
  })

/** Revokes a key: it is read from its row on every call, so the next call is refused. */
export async function revokeApiKeyIn(tx: Tx, tenant: Tenant, id: string): Promise<ApiKey> {
  const at = { org_id_id: { org_id: tenant.orgId, id } }
  const row = await tx.api_keys.findUnique({ where: at })
  if (!row) throw new AppError('not_found')
  return view(
    tenant,
    row.revoked_at ? row : await tx.api_keys.update({ where: at, data: { revoked_at: new Date() } }),
  )
}
