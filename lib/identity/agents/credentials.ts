import { calculateJwkThumbprint, type JWK } from 'jose'
import { z } from 'zod'
import { config } from '#lib/config'
import { forOrg, Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, newToken, publicId, sha256 } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { permits } from '../roles.ts'
import { type CredentialRow, keySetOf, whereInForce } from './in-force.ts'
import { svidKeys, weaknessOf } from './public-keys.ts'
import type { AgentCredential, AgentCredentialInput } from './schema.ts'
import { subjectProblem } from './subject.ts'

const inForceMax = 20

const actor = z.object({ type: z.string(), id: z.string() })
const claims = z.record(z.string(), z.unknown()).nullable()
const kinds = z.enum(['client_secret', 'private_key_jwt', 'federated', 'tls_client_auth'])

function statusOf({ revoked_at, expires_at }: CredentialRow): AgentCredential['status'] {
  if (revoked_at) return 'revoked'
  return expires_at && expires_at <= new Date() ? 'expired' : 'active'
}

async function view(row: CredentialRow): Promise<AgentCredential> {
  const { keys } = keySetOf(row)
  return {
    id: publicId('agent_credential', row.id),
    agent_id: publicId('agent', row.agent_id),
    kind: kinds.parse(row.kind),
    name: row.name,
    hint: row.hint,
    key_ids: await Promise.all(keys.map((key) => calculateJwkThumbprint(key))),
    jwks_uri: row.jwks_uri,
    issuer: row.issuer,
    subject: row.subject,
    audience: row.audience,
    claims: claims.parse(row.claims),
    single_use: row.kind === 'federated' ? row.single_use : null,
    certificate_thumbprint: row.certificate_thumbprint,
    status: statusOf(row),
    created_by: actor.parse(row.created_by),
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  }
}

const wrong = (path: string, message: string) =>
  new AppError('invalid_request', {
    detail: `${path} ${message}.`,
    param: path,
    errors: [{ path, message }],
  })

/** What a credential says beyond what its schema can: keys that are weak, and tokens that anybody could get. */
function assertSound(input: AgentCredentialInput): void {
  if (input.kind !== 'private_key_jwt' && input.kind !== 'federated') return
  for (const [at, jwk] of (input.jwks?.keys ?? []).entries()) {
    const weakness = weaknessOf(jwk as JWK)
    if (weakness !== null) throw wrong(`jwks.keys.${at}`, weakness)
  }
  if (input.kind !== 'federated') return
  const issuer = input.issuer ?? null
  if (issuer === null && input.jwks && svidKeys(input.jwks.keys as JWK[]).length === 0)
    throw wrong('jwks', 'has no key of the use jwt-svid, which a trust bundle signs JWT-SVIDs with')
  const own = new URL(config().publicUrl)
  if (issuer !== null && URL.parse(issuer)?.host === own.host)
    throw wrong('issuer', 'is this server: its tokens are access tokens, and prove no workload')
  const problem = subjectProblem(input.subject, issuer, input.claims ?? {})
  if (problem !== null) throw wrong('subject', problem)
}

/**
 * Refuses to let a caller hand out more than it has (THREATS.md K4): whoever holds an agent's credential may call tools.
 * @throws AppError `forbidden`
 */
export function assertMayEmpower(caller: Caller): void {
  if (caller.kind === 'admin' && !permits(caller.role, 'agents.manage'))
    throw new AppError('forbidden', { detail: 'Your role does not allow to give agents credentials.' })
  if (caller.kind === 'key' && caller.roles.length > 0 && !caller.roles.includes('execute'))
    throw new AppError('forbidden', {
      detail: 'This key may not execute tools, and so make no credential that may.',
    })
}

const expiry = (seconds: number | undefined): Date | null =>
  seconds === undefined ? null : new Date(Date.now() + seconds * 1000)

function columns(input: AgentCredentialInput) {
  if (input.kind === 'tls_client_auth') return { certificate_thumbprint: input.certificate_thumbprint }
  if (input.kind === 'client_secret') return {}
  const keys = {
    ...(input.jwks && { jwks: input.jwks as Prisma.InputJsonObject }),
    jwks_uri: input.jwks_uri ?? null,
  }
  if (input.kind === 'private_key_jwt') return keys
  return {
    ...keys,
    issuer: input.issuer ?? null,
    subject: input.subject,
    audience: input.audience ?? null,
    claims: (input.claims as Prisma.InputJsonObject | undefined) ?? Prisma.DbNull,
    single_use: input.single_use,
  }
}

/** Of one agent's credentials there is one change at a time: so many count at once, and no more. */
async function lockAgent(tx: Tx, tenant: Tenant, agentId: string): Promise<void> {
  const [row] = await tx.$queryRaw<{ kind: string }[]>`
    SELECT kind FROM agents WHERE org_id = ${tenant.orgId}::uuid AND id = ${agentId}::uuid FOR UPDATE`
  if (!row) throw new AppError('not_found')
  if (row.kind === 'client')
    throw new AppError('conflict', {
      detail: 'This client registered itself: it proves itself to the authorization server.',
    })
}

/**
 * Gives an agent something to prove itself with, beside what it has.
 * @returns it; of a client secret the secret too, which is in no row and can never be read again
 * @throws AppError `not_found`; `invalid_request`; `conflict` with too many, or for a client that registered itself
 */
export async function createCredentialIn(
  tx: Tx,
  tenant: Tenant,
  agentId: string,
  input: AgentCredentialInput,
  createdBy: { type: string; id: string },
): Promise<AgentCredential & { secret?: string }> {
  assertSound(input)
  await lockAgent(tx, tenant, agentId)
  const live = await tx.agent_credentials.count({ where: whereInForce(tenant, agentId) })
  if (live >= inForceMax)
    throw new AppError('conflict', { detail: `An agent has at most ${inForceMax} credentials in force.` })
  const secret = input.kind === 'client_secret' ? newToken('as') : null
  const row = await tx.agent_credentials.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      agent_id: agentId,
      kind: input.kind,
      name: input.name ?? null,
      ...(secret !== null && { hash: sha256(secret), hint: secret.slice(-4) }),
      ...columns(input),
      created_by: createdBy,
      expires_at: expiry(input.expires_in_seconds),
    },
  })
  return { ...(await view(row)), ...(secret !== null && { secret }) }
}

export const listCredentials = (
  tenant: Tenant,
  agentId: string,
  before: string | null,
  most: number,
): Promise<AgentCredential[]> =>
  forOrg(tenant, async (tx) => {
    const agent = await tx.agents.count({ where: { org_id: tenant.orgId, id: agentId } })
    if (agent === 0) throw new AppError('not_found')
    const where = { org_id: tenant.orgId, agent_id: agentId, ...(before && { id: { lt: before } }) }
    const rows = await tx.agent_credentials.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return Promise.all(rows.map(view))
  })

async function rowOf(tx: Tx, tenant: Tenant, agentId: string, id: string): Promise<CredentialRow> {
  const row = await tx.agent_credentials.findFirst({ where: { org_id: tenant.orgId, agent_id: agentId, id } })
  if (!row) throw new AppError('not_found')
  return row
}

export const getCredential = (tenant: Tenant, agentId: string, id: string): Promise<AgentCredential> =>
  forOrg(tenant, async (tx) => view(await rowOf(tx, tenant, agentId, id)))

/** Ends a credential with the next token that is asked for. @returns whether it was in force */
export async function revokeCredentialIn(
  tx: Tx,
  tenant: Tenant,
  agentId: string,
  id: string,
): Promise<boolean> {
  const { count } = await tx.agent_credentials.updateMany({
    where: { org_id: tenant.orgId, agent_id: agentId, id, revoked_at: null },
    data: { revoked_at: new Date() },
  })
  if (count === 0) await rowOf(tx, tenant, agentId, id)
  return count === 1
}

/**
 * Makes a new secret beside an old one, which ends by itself when the overlap is over.
 * @throws AppError `not_found`; `conflict` for what is no secret, or not in force
 */
export async function rotateSecretIn(
  tx: Tx,
  tenant: Tenant,
  agentId: string,
  id: string,
  input: { overlap_seconds: number; expires_in_seconds?: number | undefined },
  createdBy: { type: string; id: string },
): Promise<AgentCredential & { secret: string }> {
  await lockAgent(tx, tenant, agentId)
  const old = await rowOf(tx, tenant, agentId, id)
  if (old.kind !== 'client_secret')
    throw new AppError('conflict', {
      detail: 'Only a client secret is rotated. Add another credential, then revoke this one.',
    })
  if (statusOf(old) !== 'active') throw new AppError('conflict', { detail: 'This secret is not in force.' })
  const end = new Date(Date.now() + input.overlap_seconds * 1000)
  await tx.agent_credentials.updateMany({
    where: { org_id: tenant.orgId, id },
    data:
      input.overlap_seconds === 0
        ? { revoked_at: end }
        : { expires_at: old.expires_at && old.expires_at < end ? old.expires_at : end },
  })
  const { secret, ...made } = await createCredentialIn(
    tx,
    tenant,
    agentId,
    {
      kind: 'client_secret',
      ...(old.name !== null && { name: old.name }),
      expires_in_seconds: input.expires_in_seconds,
    },
    createdBy,
  )
  if (secret === undefined) throw new Error('a client secret was made without one')
  return { ...made, secret }
}
