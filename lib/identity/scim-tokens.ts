import { z } from 'zod'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, newToken, parseId, publicId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'

/** Enough for one that is in use and one that takes its place, at a few identity providers. */
const liveMost = 10

/** How a token is asked for; without `expires_in_days` it holds until it is revoked. */
export const scimTokenInput = z.object({
  name: z.string().min(1).max(100),
  expires_in_days: z.number().int().min(1).max(3650).optional(),
})
type ScimTokenInput = z.infer<typeof scimTokenInput>

type ScimToken = {
  id: string
  name: string
  /** The last four characters. */
  hint: string
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}

type Row = Awaited<ReturnType<Tx['scim_tokens']['findFirstOrThrow']>>

const view = (row: Row): ScimToken => ({
  id: publicId('scim_token', row.id),
  name: row.name,
  hint: row.hint,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
})

const alive = (tenant: Tenant) => ({
  org_id: tenant.orgId,
  revoked_at: null,
  OR: [{ expires_at: null }, { expires_at: { gt: new Date() } }],
})

/** Makes a token. `secret` is in no row and can never be read again. @throws AppError `conflict` for one too many */
export async function createScimTokenIn(
  tx: Tx,
  tenant: Tenant,
  input: ScimTokenInput,
  createdBy: { type: string; id: string },
): Promise<ScimToken & { secret: string }> {
  if ((await tx.scim_tokens.count({ where: alive(tenant) })) >= liveMost)
    throw new AppError('conflict', { detail: `An organization has at most ${liveMost} SCIM tokens.` })
  const secret = newToken('scim')
  const days = input.expires_in_days
  const row = await tx.scim_tokens.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      name: input.name,
      hash: sha256(secret),
      hint: secret.slice(-4),
      created_by: createdBy,
      expires_at: days === undefined ? null : new Date(Date.now() + days * 86_400_000),
    },
  })
  return { ...view(row), secret }
}

/** Those that are in force, newest first. */
export const listScimTokens = (tenant: Tenant): Promise<ScimToken[]> =>
  forOrg(tenant, async (tx) =>
    (await tx.scim_tokens.findMany({ where: alive(tenant), orderBy: { id: 'desc' } })).map(view),
  )

/** Revokes a token: it is read from its row on every request, so the next is refused. @throws AppError `not_found` */
export async function revokeScimTokenIn(tx: Tx, tenant: Tenant, id: string): Promise<void> {
  const uuid = parseId('scim_token', id)
  const { count } = uuid
    ? await tx.scim_tokens.updateMany({
        where: { org_id: tenant.orgId, id: uuid, revoked_at: null },
        data: { revoked_at: new Date() },
      })
    : { count: 0 }
  if (count !== 1) throw new AppError('not_found')
}

/** Says when a token was used last, to the minute. */
export const noteScimTokenUsed = (tenant: Tenant, tokenId: string): Promise<unknown> =>
  forOrg(
    tenant,
    (tx) => tx.$executeRaw`UPDATE scim_tokens SET last_used_at = now() WHERE org_id = ${tenant.orgId}::uuid
      AND id = ${tokenId}::uuid AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
  )
