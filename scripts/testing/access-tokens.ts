// For `.db.test.ts` files: access tokens as the authorization server issues them, and proofs for those that are bound.
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { config } from '#lib/config'
import { signer } from '#lib/signing'

export type Asked = {
  org: string
  /** `ag_…` */
  agent: string
  /** `usr_…`, for a token on behalf of somebody. */
  user?: string | undefined
  resource?: string
} & Record<string, unknown>

/** What a token of the authorization server's says, unless a test says otherwise. */
export function claimsFor({ org, agent, user, resource, ...more }: Asked): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: `${config().publicUrl}/oauth`,
    aud: resource ?? `${config().publicUrl}/api/v1`,
    sub: user ?? agent,
    client_id: agent,
    org,
    agent,
    iat: now,
    exp: now + 600,
    jti: crypto.randomUUID(),
    scope: 'tools:read tools:write accounts:read executions:read',
    ...(user && { act: { sub: agent } }),
    ...more,
  }
}

/** Signs what it is given with the deployment's own key, as an access token or as another type of thing. */
export const signClaims = async (claims: object, typ = 'at+jwt'): Promise<string> =>
  (await signer()).sign(typ, new TextEncoder().encode(JSON.stringify(claims)))

export const issueToken = (asked: Asked): Promise<string> => signClaims(claimsFor(asked))

/** A key that a client holds, and the proofs that it makes with it (RFC 9449 §4). */
export async function newHolder() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    jkt: await calculateJwkThumbprint(jwk),
    privateJwk: await exportJWK(privateKey),
    prove: (
      token: string,
      { method, url }: { method: string; url: string },
      claims: object = {},
      header: object = {},
    ): Promise<string> =>
      new SignJWT({
        htm: method,
        htu: url,
        jti: crypto.randomUUID(),
        iat: Math.floor(Date.now() / 1000),
        ath: createHash('sha256').update(token).digest('base64url'),
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey),
  }
}
