import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { calculateJwkThumbprint, type JSONWebKeySet } from 'jose'
import { z } from 'zod'
import { forOrg, isUniqueViolation, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { SsoKey, SsoKeyInput } from './schema.ts'

export type SsoKeyRow = Awaited<ReturnType<Tx['sso_keys']['findFirstOrThrow']>>

const issuersMax = 5

const storedSet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

/** The keys that were registered themselves; none where they are published elsewhere. */
export const keySetOf = (row: SsoKeyRow): JSONWebKeySet => storedSet.parse(row.jwks ?? { keys: [] })

async function view(row: SsoKeyRow): Promise<SsoKey> {
  const { keys } = keySetOf(row)
  return {
    id: publicId('sso_key', row.id),
    issuer: row.issuer,
    jwks_uri: row.jwks_uri,
    token_exchange: row.token_exchange,
    key_ids: await Promise.all(keys.map((key) => calculateJwkThumbprint(key))),
    created_at: row.created_at.toISOString(),
  }
}

/** @throws AppError `invalid_request` for what is no key, or a weak one (RFC 7518 §3.3) */
function assertUsable(jwk: JsonWebKey, at: number): void {
  let weakness: string | null = null
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
    if (key.asymmetricKeyType === 'rsa' && modulusLength < 2048) weakness = 'must have 2048 bits or more'
    if (!['rsa', 'ec', 'ed25519'].includes(key.asymmetricKeyType ?? ''))
      weakness = 'is of a kind that signs nothing here'
  } catch {
    weakness = 'is not a key'
  }
  if (weakness === null) return
  const path = `jwks.keys.${at}`
  throw new AppError('invalid_request', {
    detail: `${path} ${weakness}.`,
    param: path,
    errors: [{ path, message: weakness }],
  })
}

/** Registers an issuer with its keys. @throws AppError `invalid_request`; `conflict` for one that is there already */
export async function createSsoKeyIn(
  tx: Tx,
  tenant: Tenant,
  input: SsoKeyInput,
  createdBy: { type: string; id: string },
): Promise<SsoKey> {
  for (const [at, jwk] of (input.jwks?.keys ?? []).entries()) assertUsable(jwk as JsonWebKey, at)
  const live = await tx.sso_keys.count({ where: { org_id: tenant.orgId, disabled_at: null } })
  if (live >= issuersMax)
    throw new AppError('conflict', { detail: `An organization has at most ${issuersMax} issuers.` })
  try {
    const row = await tx.sso_keys.create({
      data: {
        org_id: tenant.orgId,
        id: newId(),
        issuer: input.issuer,
        ...(input.jwks && { jwks: input.jwks as Prisma.InputJsonObject }),
        jwks_uri: input.jwks_uri ?? null,
        token_exchange: input.token_exchange,
        created_by: createdBy,
      },
    })
    return view(row)
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new AppError('conflict', {
      detail: 'This issuer has keys here. Withdraw them first.',
      param: 'issuer',
    })
  }
}

export const listSsoKeys = (tenant: Tenant): Promise<SsoKey[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.sso_keys.findMany({
      where: { org_id: tenant.orgId, disabled_at: null },
      orderBy: { id: 'desc' },
    })
    return Promise.all(rows.map(view))
  })

/** Withdraws an issuer with the next call. @throws AppError `not_found` */
export async function disableSsoKeyIn(tx: Tx, tenant: Tenant, id: string): Promise<void> {
  const uuid = parseId('sso_key', id)
  const { count } = uuid
    ? await tx.sso_keys.updateMany({
        where: { org_id: tenant.orgId, id: uuid, disabled_at: null },
        data: { disabled_at: new Date() },
      })
    : { count: 0 }
  if (count !== 1) throw new AppError('not_found')
}

export const ssoKeyOfIssuer = (tenant: Tenant, issuer: string): Promise<SsoKeyRow | null> =>
  forOrg(tenant, (tx) =>
    tx.sso_keys.findFirst({ where: { org_id: tenant.orgId, issuer, disabled_at: null } }),
  )
