import { errors } from 'oidc-provider'
import { keepExchanged, Records } from '../store/adapter.ts'
import {
  type AccessTokenClaims,
  type AccessTokenFacts,
  accessTokenClaims,
  signAccessToken,
} from './claims.ts'

/** What introspection says of a token beyond what the provider says of every one. */
export function extraOf(claims: AccessTokenClaims): Record<string, unknown> {
  const {
    iss: _,
    aud: __,
    iat: ___,
    exp: ____,
    jti: _____,
    client_id: ______,
    scope: _______,
    ...extra
  } = claims
  return extra
}

/**
 * An access token for a grant of our own making: signed, and kept by the digest of its id, so that it can be introspected
 * and taken back (RFC 7009, RFC 7662).
 * @param from `jti` of the token that it is made of, with which it ends; `null` where it is made of none
 * @throws AppError `unavailable` when it cannot be signed; OAuth error `invalid_request` after too many exchanges
 */
export async function issueAccessToken(
  facts: AccessTokenFacts,
  from: string | null,
): Promise<{ token: string; claims: AccessTokenClaims; expiresIn: number }> {
  const claims = accessTokenClaims(facts)
  const token = await signAccessToken(claims)
  const expiresIn = claims.exp - claims.iat
  const { jti, iat, exp, aud, scope, cnf } = claims
  const kept = {
    ...{ jti, iat, exp, aud, scope, kind: 'AccessToken', clientId: facts.clientId },
    ...(cnf && ('jkt' in cnf ? { jkt: cnf.jkt } : { 'x5t#S256': cnf['x5t#S256'] })),
    extra: extraOf(claims),
  }
  if (from === null) await records.upsert(jti, kept, expiresIn)
  else if (!(await keepExchanged(jti, from, kept, expiresIn)))
    throw new errors.InvalidRequest('the subject_token was exchanged too often')
  return { token, claims, expiresIn }
}

const records = new Records('AccessToken', () => Promise.reject(new Error('not a code')))
