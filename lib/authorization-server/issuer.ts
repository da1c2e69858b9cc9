import { hkdfSync } from 'node:crypto'
import { config } from '#lib/config'

/** Where the authorization server is mounted; its issuer is this under the deployment's own address. */
export const mount = '/oauth'

export const issuer = (): string => `${config().publicUrl}${mount}`

/** Paths under the issuer. The page of an interaction is not one of the server's own. */
export const routes = {
  authorization: '/authorize',
  // The page on which people type a code is ours, at `/device`; this is what it hands the code to.
  code_verification: '/device_code',
  device_authorization: '/device_authorization',
  introspection: '/introspect',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  registration: '/register',
  revocation: '/revoke',
  token: '/token',
} as const

export const cookieNames = {
  session: 'behalf_as',
  interaction: 'behalf_as_interaction',
  resume: 'behalf_as_resume',
} as const

/** Where the page of an interaction is. */
export const interactionPath = (uid: string): string => `${mount}/interaction/${uid}`

const keys = new Map<string, Buffer>()

/** A key of this deployment's for one purpose, derived from what seals its cookies. */
export function derivedKey(
  purpose: 'cookies' | 'doors' | 'handles' | 'nonces' | 'successors' | 'user-codes',
): Buffer {
  const known = keys.get(purpose)
  if (known) return known
  const made = Buffer.from(hkdfSync('sha256', config().sessionSecret, '', `behalf/oauth/${purpose}`, 32))
  keys.set(purpose, made)
  return made
}
