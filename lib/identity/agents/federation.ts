import { createHash } from 'node:crypto'
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import { z } from 'zod'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { algorithms } from '../algorithms.ts'
import { homeOf, noteUsedIn } from './client.ts'
import type { VerifyFederated } from './contract.ts'
import { type CredentialRow, inForce, keySetOf, whereInForce } from './in-force.ts'
import { svidKeys, usableKeys } from './public-keys.ts'
import { discoveredKeysAddress, publishedKeys } from './published.ts'
import { claimsMatch, subjectMatches } from './subject.ts'

const lengthMax = 16_000
const aheadSecondsMax = 3_600
/** Clocks of other people's clusters. */
const toleranceSeconds = 30

/** What workload tokens say they are. An allow-list: so none of our own types passes for one (RFC 8725 §3.11). */
const types = new Set([undefined, 'JWT', 'JOSE'])
/** A header that brings its own key is an attack or a mistake. */
const keyBearers = ['jwk', 'jku', 'x5u', 'x5c', 'crit']

const refused = (internal: string, cause?: unknown) =>
  new AppError('unauthenticated', { detail: 'This token does not prove the agent.' }, { internal, cause })

const claimsSchema = z.looseObject({
  iss: z.string().optional(),
  sub: z.string().min(1).max(1_000),
  aud: z.union([z.string(), z.tuple([z.string()])]),
  jti: z.string().min(1).max(500).optional(),
  iat: z.number().optional(),
  exp: z.number(),
})
type Claims = z.infer<typeof claimsSchema>

/** What a token says before anything of it is believed: by whose keys it is to be verified. */
function hearsay(assertion: string): JWTPayload {
  if (assertion.length > lengthMax) throw refused('too long')
  try {
    const header = decodeProtectedHeader(assertion)
    if (!types.has(header.typ)) throw refused('another type of token')
    if (header.alg === undefined || !algorithms.includes(header.alg))
      throw refused('an algorithm that is not taken')
    if (keyBearers.some((name) => name in header)) throw refused('brings its own key')
    return decodeJwt(assertion)
  } catch (error) {
    throw error instanceof AppError ? error : refused('not a token', error)
  }
}

const trustedClaims = z.record(z.string(), z.unknown())

/** Whether a credential speaks of what a token says. */
const meant = (row: CredentialRow, { iss, sub, ...rest }: JWTPayload): boolean =>
  (row.issuer === null || row.issuer === iss) &&
  row.subject !== null &&
  typeof sub === 'string' &&
  subjectMatches(row.subject, sub) &&
  claimsMatch(trustedClaims.parse(row.claims ?? {}), rest)

/** A JWT-SVID need not say who issued it: its trust domain is known by its bundle (SPIFFE JWT-SVID §3). */
const isBundle = (row: CredentialRow): boolean => row.issuer === null

async function keysOf(row: CredentialRow, again: boolean): Promise<readonly JWK[]> {
  const kept = row.jwks !== null ? keySetOf(row).keys : await published(row, again)
  return isBundle(row) ? svidKeys(kept) : [...usableKeys(kept), ...svidKeys(kept)]
}

async function published(row: CredentialRow, again: boolean): Promise<readonly JWK[]> {
  const address = row.jwks_uri ?? (await discoveredKeysAddress(row.issuer ?? ''))
  return (await publishedKeys(address, again)).keys
}

async function verified(
  row: CredentialRow,
  assertion: string,
  audience: string,
  again = false,
): Promise<Claims> {
  const keys = createLocalJWKSet({ keys: [...(await keysOf(row, again))] })
  try {
    const { payload } = await jwtVerify(assertion, keys, {
      algorithms,
      audience: row.audience ?? audience,
      clockTolerance: toleranceSeconds,
      requiredClaims: ['exp', 'sub', ...(isBundle(row) ? [] : ['iat', 'iss'])],
      ...(row.issuer !== null && { issuer: row.issuer }),
    })
    const claims = claimsSchema.safeParse(payload)
    if (!claims.success) throw refused(`claims: ${claims.error.issues[0]?.path.join('.')}`)
    return claims.data
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey && row.jwks === null && !again)
      return verified(row, assertion, audience, true)
    if (error instanceof AppError) throw error
    throw refused(error instanceof errors.JOSEError ? error.code : 'unreadable', error)
  }
}

function assertTimely({ exp, iat }: Claims): void {
  const now = Date.now() / 1000
  if (exp > now + aheadSecondsMax + toleranceSeconds) throw refused('good for longer than an hour')
  if (iat !== undefined && iat > now + toleranceSeconds) throw refused('issued in the future')
}

/** Uses a token up. @throws AppError `unauthenticated` for one that was used */
async function spendIn(
  tx: Tx,
  home: Tenant,
  { iss, sub, jti, exp }: Claims & { jti: string },
): Promise<void> {
  const digest = createHash('sha256')
    .update(JSON.stringify(['federated', iss ?? sub.split('/', 3).join('/'), jti]))
    .digest()
  const spent = await tx.$executeRaw`
    INSERT INTO sso_assertions (org_id, digest, expires_at)
    VALUES (${home.orgId}::uuid, ${digest}, to_timestamp(${exp + 2 * toleranceSeconds}))
    ON CONFLICT DO NOTHING`
  if (spent !== 1) throw refused('used before')
}

/**
 * @see RFC 7523 §3; SPIFFE JWT-SVID; GitHub, GitLab and Kubernetes sign ID tokens of OpenID Connect
 */
export const verifyFederated: VerifyFederated = async (clientId, assertion, audience) => {
  const said = hearsay(assertion)
  const at = await homeOf(clientId)
  if (!at) throw refused('no such agent')
  const { home, id } = at
  const found = await forOrg(home, (tx) => inForce(tx, home, id))
  const candidates = (found?.credentials ?? []).filter((row) => row.kind === 'federated' && meant(row, said))
  let why: unknown = refused('no credential means this token')
  for (const row of candidates) {
    try {
      const claims = await verified(row, assertion, audience)
      assertTimely(claims)
      return await forOrg(home, async (tx) => {
        // Keys may have taken seconds to come: what was withdrawn meanwhile is withdrawn.
        const still = await tx.agent_credentials.count({ where: { ...whereInForce(home, id), id: row.id } })
        if (still !== 1) throw refused('withdrawn meanwhile')
        if (claims.jti !== undefined && row.single_use)
          await spendIn(tx, home, { ...claims, jti: claims.jti })
        await noteUsedIn(tx, home, id, row.id)
      })
    } catch (error) {
      why = error
    }
  }
  throw why
}
