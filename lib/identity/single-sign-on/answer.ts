import { createLocalJWKSet, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  None,
  OperationProcessingError,
  processAuthorizationCodeResponse,
  ResponseBodyError,
  validateAuthResponse,
} from 'oauth4webapi'
import { z } from 'zod'
import { EgressError } from '#lib/egress'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { publishedKeys } from '../agents/published.ts'
import { algorithms } from '../algorithms.ts'
import { withSsoSecret } from './connections.ts'
import type { SsoFlow } from './flow.ts'
import { asServer, type IdentityProvider, identityProvider, providerFetch } from './issuer.ts'
import { SignInRefused } from './refused.ts'
import type { SsoConnection } from './schema.ts'

/** Clocks of others, in seconds. */
const toleranceSeconds = 30
/** An ID token was made for this very answer. */
const ageSecondsMax = 10 * 60
const groupsMax = 1_000

/** Whom an identity provider vouches for. */
export type Identity = {
  iss: string
  sub: string
  /** In lower case; `null` where it does not vouch for it, or says nothing. */
  email: string | null
  /** Whether it says outright that the address is unverified. */
  emailRefuted: boolean
  /** Whether it says outright that the address is verified. */
  emailVerified: boolean
  name: string | null
  groups: readonly string[]
  /** When they signed in there, in seconds since 1970, if it says so. */
  authTime: number | null
}

const claimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  email: z.string().max(320).optional().catch(undefined),
  email_verified: z
    .union([z.boolean(), z.enum(['true', 'false'])])
    .optional()
    .catch(false),
  name: z.string().max(1_000).optional().catch(undefined),
  auth_time: z.number().int().positive().optional().catch(undefined),
})

/**
 * What an identity provider answered, followed to its end: the code is exchanged, and the ID token validated in full.
 * @param params the query of the callback
 * @throws SignInRefused
 * @see OpenID Connect Core 1.0 §3.1.3.7, RFC 9207, RFC 8725
 */
export async function readSsoAnswer(
  tenant: Tenant,
  connection: SsoConnection,
  flow: SsoFlow,
  params: URLSearchParams,
): Promise<Identity> {
  const provider = await identityProvider(connection.issuer)
  const server = asServer(provider)
  const client = { client_id: connection.clientId }
  if (params.get('state') !== flow.state) throw new SignInRefused('state_mismatch')
  const iss = params.get('iss')
  if (iss !== null && iss !== provider.issuer) throw new SignInRefused('issuer_mismatch', 'iss_parameter')
  const answer = checked(() => validateAuthResponse(server, client, params, flow.state))

  const claims = await withSsoSecret(tenant, connection, async (secret) => {
    const response = await asked(() =>
      authorizationCodeGrantRequest(
        server,
        client,
        proofOf(connection, secret),
        answer,
        connection.redirectUri,
        flow.verifier,
        // Whether plain http may be spoken is the egress guard's to say: to hosts that the operator has listed.
        { [customFetch]: providerFetch(), [allowInsecureRequests]: true },
      ),
    )
    const tokens = await asked(() =>
      processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: flow.nonce,
        requireIdToken: true,
      }),
    )
    return verified(provider, connection, tokens.id_token ?? '', flow.nonce)
  })
  return identityOf(connection, claims)
}

function proofOf({ clientAuth }: SsoConnection, secret: string | null): ClientAuth {
  if (clientAuth === 'none' || secret === null) return None()
  return clientAuth === 'client_secret_post' ? ClientSecretPost(secret) : ClientSecretBasic(secret)
}

function checked<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof AuthorizationResponseError)
      throw new SignInRefused(error.error === 'access_denied' ? 'declined' : 'provider_error')
    // A required `iss` that is absent, something twice, an implicit answer.
    throw new SignInRefused('issuer_mismatch', 'answer', error)
  }
}

/** Which check of the library failed, by words of ours. */
const failures: readonly (readonly [RegExp, string])[] = [
  [/nonce/, 'nonce'],
  [/"aud"|audience/, 'audience'],
  [/"azp"/, 'authorized_party'],
  [/"iss"|issuer/, 'issuer'],
  [/"exp"|expired/, 'expired'],
  [/"iat"|"nbf"|auth_time/, 'time'],
  [/"alg"|algorithm/, 'algorithm'],
]

async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EgressError) throw new SignInRefused('unreachable', `token_${error.kind}`, error)
    if (error instanceof ResponseBodyError) throw new SignInRefused('code_refused', null, error)
    if (error instanceof OperationProcessingError) {
      const why = failures.find(([words]) => words.test(error.message))?.[1] ?? 'answer'
      throw new SignInRefused('token_invalid', why, error)
    }
    throw new SignInRefused('provider_error', 'unreadable', error)
  }
}

const byCode: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWKS_NO_MATCHING_KEY: 'signature',
}

/**
 * The claims of an ID token that the issuer signed with a key that it publishes. That it came from the token endpoint is
 * not taken for a signature (OpenID Connect Core §3.1.3.7 no. 6 would allow it).
 */
async function verified(
  provider: IdentityProvider,
  { clientId }: SsoConnection,
  token: string,
  nonce: string,
  again = false,
): Promise<JWTPayload> {
  try {
    const { typ, crit } = decodeProtectedHeader(token)
    if ((typ !== undefined && typ.toUpperCase() !== 'JWT') || crit !== undefined)
      throw new SignInRefused('token_invalid', 'type')
    const { keys } = await publishedKeys(provider.jwks_uri, again)
    // A symmetric key has no place in a published set, and would make whoever reads it an issuer.
    const usable = keys.filter(({ kty }) => kty !== 'oct')
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: usable }), {
      algorithms,
      issuer: provider.issuer,
      audience: clientId,
      clockTolerance: toleranceSeconds,
      maxTokenAge: ageSecondsMax,
      requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
    })
    if (payload.nonce !== nonce) throw new SignInRefused('token_invalid', 'nonce')
    const others = Array.isArray(payload.aud) && payload.aud.length > 1
    if ((others || payload.azp !== undefined) && payload.azp !== clientId)
      throw new SignInRefused('token_invalid', 'authorized_party')
    return payload
  } catch (error) {
    // Its keys were rotated since they were last read.
    if (error instanceof errors.JWKSNoMatchingKey && !again)
      return verified(provider, { clientId } as SsoConnection, token, nonce, true)
    if (error instanceof SignInRefused) throw error
    if (error instanceof AppError && error.code === 'unavailable')
      throw new SignInRefused('unreachable', 'keys', error)
    if (error instanceof errors.JWTClaimValidationFailed)
      throw new SignInRefused('token_invalid', `claim_${error.claim}`, error)
    const code = error instanceof errors.JOSEError ? error.code : ''
    throw new SignInRefused('token_invalid', byCode[code] ?? 'unreadable', error)
  }
}

function identityOf({ groupsClaim }: SsoConnection, payload: JWTPayload): Identity {
  const claims = claimsSchema.safeParse(payload)
  if (!claims.success) throw new SignInRefused('token_invalid', 'claims')
  const { iss, sub, email, name, auth_time, email_verified: says } = claims.data
  const refuted = says === false || says === 'false'
  return {
    iss,
    sub,
    email: email === undefined || refuted ? null : email.trim().toLowerCase(),
    emailRefuted: refuted,
    emailVerified: says === true || says === 'true',
    name: name?.slice(0, 200) ?? null,
    groups: groupsIn(payload, groupsClaim),
    authTime: auth_time ?? null,
  }
}

/** The groups that a claim names; a claim of another shape names none. */
function groupsIn(payload: JWTPayload, claim: string): string[] {
  const value = Object.hasOwn(payload, claim) ? payload[claim] : undefined
  const found = typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
  return found.filter((one): one is string => typeof one === 'string').slice(0, groupsMax)
}
