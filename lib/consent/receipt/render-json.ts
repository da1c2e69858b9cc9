import { keysPath, type Receipt } from './fields.ts'
import { decodePayload, type Jwk, splitJws, writtenJwk } from './jws.ts'

const about =
  'A consent receipt: a JWS in flattened JSON (RFC 7515 §7.2.2), with the same decoded for people. What counts is what ' +
  'is signed. The key below proves nothing by itself: compare its fingerprint with the keys that the issuer publishes.'

/** A receipt as one JSON file: nothing in it that does not follow from the signed receipt and its key. */
export function renderJson(jws: string, jwk: Jwk): string {
  const parts = splitJws(jws)
  const receipt = decodePayload(jws) as Receipt
  const file = {
    about,
    protected: parts?.protected,
    payload: parts?.payload,
    signature: parts?.signature,
    decoded: {
      protected_header: JSON.parse(Buffer.from(parts?.protected ?? '', 'base64url').toString()),
      receipt,
    },
    public_jwk: writtenJwk(jwk),
    fingerprint: jwk.kid,
    published_keys_url: `${receipt.iss}${keysPath}`,
  }
  return `${JSON.stringify(file, null, 2)}\n`
}
