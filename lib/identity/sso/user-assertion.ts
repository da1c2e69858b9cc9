import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { config } from '#lib/config'
import { forOrg, lookupOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { authorizationDetails } from '#lib/scopes/schema'
import { externalId } from '#lib/tenancy/schema'
import { tokenIssuer } from '../access-token/claims.ts'
import { publishedKeys } from '../agents/published.ts'
import { algorithms } from '../algorithms.ts'
import { bindIssuerIn } from './assertion.ts'
import { keySetOf, type SsoKeyRow, ssoKeyOfIssuer } from './keys.ts'

// The host's word for a user that no browser ever sees: a type of its own, so that neither it nor the assertion that signs
// people in at the portal passes for the other (RFC 8725 §3.11).

/** What stands in the header of a user's assertion that is exchanged. */
export const userAssertionTyp = 'behalf-user+jwt'

const lifeSecondsMax = 300
const toleranceSeconds = 5
const lengthMax = 16_000

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.tuple([z.string()])]),
  sub: externalId,
  org: externalId,
  jti: z.string().min(8).max(255),
  iat: z.number().int(),
  exp: z.number().int(),
  /** The most that is lent, where it is less than what there is. */
  scope: z.string().max(500).optional(),
  authorization_details: authorizationDetails.optional(),
  may_act: z.object({ sub: z.string().max(200) }).optional(),
  /** Who acts is for us to say. */
  act: z.undefined().optional(),
})

const refused = (internal: string, cause?: unknown) =>
  new AppError(
    'unauthenticated',
    { detail: 'This assertion does not speak for a user.' },
    { internal, cause },
  )

/** What an assertion says before anything of it is believed: by whose keys it is to be verified. */
function addressee(assertion: string): { org: string; iss: string } {
  try {
    const { typ, alg, ...header } = decodeProtectedHeader(assertion)
    if (typ !== userAssertionTyp) throw refused('another type of token')
    if (alg === undefined || !algorithms.includes(alg)) throw refused('an algorithm that is not taken')
    if (['jwk', 'jku', 'x5u', 'x5c', 'crit'].some((name) => name in header))
      throw refused('brings its own key')
    return z.object({ org: externalId, iss: z.string().max(300) }).parse(decodeJwt(assertion))
  } catch (error) {
    throw error instanceof AppError ? error : refused('not a token', error)
  }
}

async function verified(assertion: string, row: SsoKeyRow, again = false): Promise<JWTPayload> {
  const keys = row.jwks_uri === null ? keySetOf(row).keys : (await publishedKeys(row.jwks_uri, again)).keys
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet({ keys: [...keys] }), {
      algorithms: [...algorithms],
      typ: userAssertionTyp,
      issuer: row.issuer,
      audience: [tokenIssuer(), `${config().publicUrl}/oauth/token`],
      maxTokenAge: lifeSecondsMax,
      clockTolerance: toleranceSeconds,
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey && row.jwks_uri !== null && !again)
      return verified(assertion, row, true)
    if (error instanceof errors.JOSEError) throw refused(error.code, error)
    throw error
  }
}

type UserAssertion = {
  tenant: Tenant
  /** `usr_…` */
  user: string
  /** The most that is lent; `null` for whatever there is. */
  scopes: readonly string[] | null
  authorizationDetails: z.infer<typeof authorizationDetails> | null
  /** The only one who may act, where it says so (RFC 8693 §4.4). */
  mayAct: string | null
  /** Whose it is and its id, to be used up; and from when its own time refuses it, in seconds since 1970. */
  once: { parts: readonly string[]; expiresAt: number }
}

/**
 * The user whom a host product speaks for to an agent. The keys are those that the named organization has registered for
 * that issuer, and for this. Not yet that it was never used.
 * @throws AppError `unauthenticated` for anything else; `unavailable` where the issuer's keys cannot be read
 * @see RFC 7523, RFC 8725
 */
export async function readUserAssertion(assertion: string): Promise<UserAssertion> {
  if (assertion.length > lengthMax) throw refused('too long')
  const { org, iss } = addressee(assertion)
  const tenant = await lookupOrg(org)
  if (!tenant || tenant.orgId === deploymentOrgId) throw refused('no such organization')
  const row = await ssoKeyOfIssuer(tenant, iss)
  if (!row?.token_exchange) throw refused('no keys of this issuer, or not for this')
  const claims = claimsSchema.safeParse(await verified(assertion, row))
  if (!claims.success) throw refused(`claims: ${claims.error.issues[0]?.path.join('.')}`)
  const { sub, jti, iat, exp, scope, authorization_details: details, may_act: mayAct } = claims.data
  if (exp - iat > lifeSecondsMax) throw refused('good for longer than five minutes')
  return {
    tenant,
    user: await userOf(tenant, iss, sub),
    scopes: scope === undefined ? null : scope.split(' ').filter(Boolean),
    authorizationDetails: details ?? null,
    mayAct: mayAct?.sub ?? null,
    once: { parts: [iss, jti], expiresAt: exp + 2 * toleranceSeconds },
  }
}

/** With two issuers, one does not speak for the other's people. */
const userOf = (tenant: Tenant, iss: string, sub: string): Promise<string> =>
  forOrg(tenant, async (tx) => {
    const user = await tx.end_users.findFirst({
      where: { org_id: tenant.orgId, external_id: sub, deleted_at: null, deactivated_at: null },
      select: { id: true },
    })
    if (!user) throw refused('no such user')
    await bindIssuerIn(tx, tenant, user.id, { iss, sub }).catch((error: unknown) => {
      throw error instanceof AppError ? refused('another issuer speaks for this user', error) : error
    })
    return publicId('end_user', user.id)
  })
