import { createLocalJWKSet, jwtVerify } from 'jose'
import { publishedKeys } from '#lib/signing'
import { issuer } from '../issuer.ts'

const lengthMax = 16_000

/** @returns the id of an access token of ours, expired ones aside; `null` for anything else */
export async function ownToken(token: string): Promise<string | null> {
  if (token.length > lengthMax || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return null
  const keys = createLocalJWKSet({ keys: (await publishedKeys()).map(({ jwk }) => jwk) })
  const options = { algorithms: ['ES256'], issuer: issuer(), typ: 'at+jwt' }
  const verified = await jwtVerify(token, keys, options).catch(() => null)
  return verified?.payload.jti ?? null
}
