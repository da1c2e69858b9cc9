import { readFile } from 'node:fs/promises'
import { jwks, type PublicJwk } from '#lib/signing/schema'

/** Public keys from a saved JWKS file. @throws Error with one readable line */
export async function readKeys(file: string): Promise<PublicJwk[]> {
  const text = await readFile(file, 'utf8')
  try {
    return jwks.parse(JSON.parse(text)).keys
  } catch {
    throw new Error(`${file} is no JWKS (RFC 7517)`)
  }
}
