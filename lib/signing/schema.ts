import { z } from 'zod'

/** The public part of a signing key (RFC 7517), as it is published. */
export const publicJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().regex(/^[\w-]{43}$/),
  y: z.string().regex(/^[\w-]{43}$/),
  kid: z.string().describe('Thumbprint of the key (RFC 7638)'),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
})
export type PublicJwk = z.infer<typeof publicJwk>

/** What `/.well-known/jwks.json` answers. Keys of other kinds are not ours to read, and no reason to refuse the rest. */
export const jwks = z.object({
  keys: z.array(z.unknown()).transform((keys) =>
    keys.flatMap((key) => {
      const read = publicJwk.safeParse(key)
      return read.success ? [read.data] : []
    }),
  ),
})
