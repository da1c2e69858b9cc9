import { createHash } from 'node:crypto'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { z } from 'zod'
import { config } from '#lib/config'
import { forOrg, lookupOrg, type Tx } from '#lib/db'
import type { Egress } from '#lib/egress'
import { AppError } from '#lib/errors'
import { deploymentOrgId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { externalId, origin } from '#lib/tenancy/schema'
import { algorithms } from '../algorithms.ts'
import { keySetOf, type SsoKeyRow, ssoKeyOfIssuer } from './keys.ts'

/** RFC 8725 §3.11: a type of its own, so that no other token passes for this one, nor this one for another. */
export const ssoTyp = 'behalf-sso+jwt'

/** Who an assertion is for: this deployment, at this one address. */
export const ssoAudience = (): string => `${config().publicUrl}/connect/sso`

const lifeSecondsMax = 300
const toleranceSeconds = 5
const lengthMax = 16_000

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: externalId,
  org: externalId,
  email: z.email().max(320),
  origin,
  jti: z.string().min(8).max(255),
  auth_time: z.number().int().positive(),
  iat: z.number().int(),
  exp: z.number().int(),
  name: z.string().max(200).optional(),
  /** What the session is to offer, as `POST /api/v1/connect_sessions` takes it: signed, so that no browser changes it. */
  session: z.unknown().optional(),
})

export type SsoAssertion = z.infer<typeof claimsSchema>
export type SsoCaller = Caller & { kind: 'sso' }

const refused = (internal: string, cause?: unknown) =>
  new AppError(
    'unauthenticated',
    { detail: 'This assertion does not say who is signed in.' },
    { internal, cause },
  )

const setsMax = 500
const sets = new WeakMap<Egress, Map<string, JWTVerifyGetKey>>()

/**
 * The keys at an address, kept for ten minutes. An unknown key id has them fetched again, at most every 30 seconds;
 * who asks meanwhile waits for the same fetch. Not pinned: an organization chose the address, not the operator.
 */
function publishedKeys(egress: Egress, address: string): JWTVerifyGetKey {
  const known = sets.get(egress) ?? new Map<string, JWTVerifyGetKey>()
  sets.set(egress, known)
  const found = known.get(address)
  if (found) return found
  if (known.size >= setsMax) known.clear()
  const keys = createRemoteJWKSet(new URL(address), {
    cacheMaxAge: 600_000,
    cooldownDuration: 30_000,
    timeoutDuration: 5_000,
    [customFetch]: egress.fetch('oidc', { deadlineMs: 5_000, maxBytes: 256 * 1024 }),
  })
  known.set(address, keys)
  return keys
}

const keysOf = (egress: Egress, row: SsoKeyRow): JWTVerifyGetKey =>
  row.jwks_uri === null ? createLocalJWKSet(keySetOf(row)) : publishedKeys(egress, row.jwks_uri)

/** What an unverified assertion says of whose keys to verify it with; nothing else of it is believed yet. */
function addressee(assertion: string): { org: string; iss: string } {
  try {
    const { typ, alg } = decodeProtectedHeader(assertion)
    if (typ !== ssoTyp) throw refused('another type of token')
    if (alg === undefined || !algorithms.includes(alg)) throw refused('an algorithm that is not taken')
    return z.object({ org: externalId, iss: z.string().max(300) }).parse(decodeJwt(assertion))
  } catch (error) {
    throw error instanceof AppError ? error : refused('not a token', error)
  }
}

const unreachable = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC'])

async function verified(assertion: string, keys: JWTVerifyGetKey, issuer: string): Promise<SsoAssertion> {
  const { payload } = await jwtVerify(assertion, keys, {
    algorithms,
    typ: ssoTyp,
    issuer,
    audience: ssoAudience(),
    maxTokenAge: lifeSecondsMax,
    clockTolerance: toleranceSeconds,
    requiredClaims: ['exp', 'iat', 'jti', 'sub'],
  }).catch((error: unknown) => {
    if (error instanceof errors.JOSEError && !unreachable.has(error.code)) throw refused(error.code, error)
    throw new AppError(
      'unavailable',
      { detail: 'The keys of the issuer cannot be read now.' },
      { cause: error },
    )
  })
  const claims = claimsSchema.safeParse(payload)
  if (!claims.success) throw refused(`claims: ${claims.error.issues[0]?.path.join('.')}`)
  const { exp, iat, auth_time } = claims.data
  if (exp - iat > lifeSecondsMax) throw refused('good for longer than five minutes')
  if (auth_time > Date.now() / 1000 + toleranceSeconds) throw refused('signed in in the future')
  return claims.data
}

/**
 * The person whom a host product asserts to be signed in. The keys are those that the asserted organization has
 * registered for that issuer, so that nobody speaks for another organization.
 * @param from the `Origin` of the request, which the assertion has to name
 * @throws AppError `unauthenticated` for anything else than a fresh assertion for here; `unavailable` where the issuer's
 *   keys cannot be read
 * @see RFC 8725
 */
export async function authenticateSso(
  egress: Egress,
  assertion: string,
  from: string | null,
): Promise<{ tenant: Tenant; caller: SsoCaller; claims: SsoAssertion }> {
  if (assertion.length > lengthMax) throw refused('too long')
  const { org, iss } = addressee(assertion)
  const tenant = await lookupOrg(org)
  if (!tenant || tenant.orgId === deploymentOrgId) throw refused('no such organization')
  const row = await ssoKeyOfIssuer(tenant, iss)
  if (!row) throw refused('no keys of this issuer')
  const claims = await verified(assertion, keysOf(egress, row), row.issuer)
  if (claims.origin !== from) throw refused('sent from another origin')
  const caller = { kind: 'sso', keyId: row.id, reach: tenant, userId: claims.sub } as SsoCaller
  return { tenant, caller, claims }
}

/** Uses an assertion up: it is good once. @throws AppError `unauthenticated` for one that was used */
export async function spendAssertionIn(
  tx: Tx,
  tenant: Tenant,
  { iss, jti, exp }: SsoAssertion,
): Promise<void> {
  const digest = createHash('sha256')
    .update(JSON.stringify([iss, jti]))
    .digest()
  const spent = await tx.$executeRaw`
    INSERT INTO sso_assertions (org_id, digest, expires_at)
    VALUES (${tenant.orgId}::uuid, ${digest}, to_timestamp(${exp + 2 * toleranceSeconds}))
    ON CONFLICT DO NOTHING`
  if (spent !== 1) throw refused('used before')
}

/** Forgets assertions that their own time refuses by now. */
export const sweepAssertions = (tenant: Tenant): Promise<unknown> =>
  forOrg(
    tenant,
    (tx) =>
      tx.$executeRaw`DELETE FROM sso_assertions WHERE org_id = ${tenant.orgId}::uuid
        AND expires_at < now() - interval '1 hour'`,
  )

/**
 * Ties a user to the issuer that first spoke for them: with two issuers, one could otherwise make itself out to be
 * the other's people. Nobody is ever found by an address (THREATS.md K2).
 * @throws AppError `user_mismatch`
 */
export async function bindIssuerIn(
  tx: Tx,
  tenant: Tenant,
  userId: string,
  { iss, sub }: Pick<SsoAssertion, 'iss' | 'sub'>,
): Promise<void> {
  const { count } = await tx.end_users.updateMany({
    where: { org_id: tenant.orgId, id: userId, OR: [{ iss: null }, { iss, sub }] },
    data: { iss, sub },
  })
  if (count !== 1) throw new AppError('user_mismatch', { detail: 'Another issuer speaks for this user.' })
}
