// What is sealed of a signing key: its private part, and which keys it takes over from. Whoever can write the database
// can put a public key of their own among ours; in here they cannot, so that a key counts as ours where the one that
// signs now says so, and it is what opens under the deployment's key.

/** Before version 2 the private part stood alone: a PKCS #8 structure, which begins with this byte. */
const pkcs8Begins = 0x30
const version = 2

export type Private = {
  pkcs8: Uint8Array
  /** Thumbprints of all keys that signed before; `null` where it was sealed before they were kept. */
  vouches: readonly string[] | null
}

/** Version, length of the private part in four bytes, private part, thumbprints in JSON. */
export function encodePrivate(pkcs8: Uint8Array, vouches: readonly string[]): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(version, 0)
  head.writeUInt32BE(pkcs8.length, 1)
  return Buffer.concat([head, pkcs8, Buffer.from(JSON.stringify(vouches))])
}

/** @throws Error for what is neither */
export function decodePrivate(bytes: Uint8Array): Private {
  if (bytes[0] === pkcs8Begins) return { pkcs8: bytes, vouches: null }
  if (bytes[0] !== version) throw new Error('a signing key of an unknown form')
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = 5 + all.readUInt32BE(1)
  return {
    pkcs8: all.subarray(5, end),
    vouches: JSON.parse(all.subarray(end).toString('utf8')) as string[],
  }
}
