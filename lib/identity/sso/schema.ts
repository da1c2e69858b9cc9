import { z } from 'zod'

/** What only a private or a symmetric key has (RFC 7518 §6): none of it belongs here. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

export const publicJwkFor = (...uses: string[]) =>
  z
    .looseObject({
      kty: z.enum(['RSA', 'EC', 'OKP']),
      kid: z.string().min(1).max(200).optional(),
      use: z.enum(uses).optional(),
      alg: z.string().max(20).optional(),
    })
    .refine(
      (jwk) => secretMembers.every((name) => !(name in jwk)),
      'must be a public key: a part of it is private',
    )
    .refine((jwk) => JSON.stringify(jwk).length <= 8_000, 'is too long for a public key')

export const publicJwk = publicJwkFor('sig')

/** Plain http is for this machine only. */
export const keysAddress = z
  .string()
  .max(1_000)
  .refine((text) => {
    const url = URL.parse(text)
    if (url === null || url.username !== '' || url.hash !== '' || /[\s\\]/.test(text)) return false
    const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
    return url.protocol === 'https:' || (url.protocol === 'http:' && local)
  }, 'must be an https URL')

/** The body of `POST /api/v1/orgs/{id}/sso_keys`. */
export const ssoKeyInput = z
  .strictObject({
    issuer: z
      .string()
      .min(1)
      .max(300)
      .regex(/^[\x21-\x7e]+$/, 'must be what stands in `iss`: printable ASCII without spaces')
      .describe('What stands in `iss`'),
    jwks: z
      .strictObject({ keys: z.array(publicJwk).min(1).max(10) })
      .optional()
      .describe('The public keys themselves (RFC 7517)'),
    jwks_uri: keysAddress
      .optional()
      .describe('Or where they are published: fetched when needed, kept for ten minutes'),
    token_exchange: z
      .boolean()
      .default(false)
      .describe(
        'Whether it may also speak for users to agents: its assertions of type behalf-user+jwt are then exchanged for access tokens',
      ),
  })
  .refine(({ jwks, jwks_uri }) => (jwks === undefined) !== (jwks_uri === undefined), {
    message: 'take jwks or jwks_uri, and not both',
    path: ['jwks'],
  })
export type SsoKeyInput = z.infer<typeof ssoKeyInput>

export const ssoKey = z.object({
  id: z.string(),
  issuer: z.string(),
  jwks_uri: z.string().nullable(),
  token_exchange: z.boolean(),
  key_ids: z.array(z.string()).describe('Thumbprints of the keys that were registered themselves (RFC 7638)'),
  created_at: z.iso.datetime(),
})
export type SsoKey = z.infer<typeof ssoKey>
