import { createHmac, generateKeyPairSync, randomBytes, timingSafeEqual } from 'node:crypto'
import Provider from 'oidc-provider'
import { checkAgentSecret } from '#lib/identity'
import { anchored, log } from '#lib/log'
import { asked } from './asked.ts'
import { digestedSecret } from './clients/adapter.ts'
import { configuration } from './configuration.ts'
import { extraGrants } from './grants.ts'
import { derivedKey, issuer } from './issuer.ts'
import { noteReplay } from './replays.ts'
import { claimOnce } from './store/adapter.ts'
import { digest } from './store/digests.ts'
import { signTokens } from './tokens/sign-tokens.ts'

const held = anchored('oauth.provider', (): { provider: Provider | null } => ({ provider: null }))

/** The authorization server of this process: what it knows lies in Postgres, so that every process is the same one. */
export function provider(): Provider {
  held.provider ??= create()
  return held.provider
}

function create(): Provider {
  // Nothing of ours is signed with it: access tokens are signed by the deployment's key, and there are no ID tokens.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const unused = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'unused' }
  const made = new Provider(issuer(), configuration(unused))
  // Only our own server hands requests to it, with headers that it has set.
  made.proxy = true
  keepConsentWithGrant(made)
  signTokens(made)
  Object.defineProperty(made.Client.prototype, 'compareClientSecret', { value: compareClientSecret })
  Object.defineProperty(made.ReplayDetection, 'unique', { value: unique })
  Object.defineProperty(made.RefreshToken.prototype, 'generateTokenId', { value: refreshTokenId })
  for (const { grantType, parameters, handler } of extraGrants()) {
    made.registerGrantType(grantType, (ctx) => handler(ctx, made), [...parameters], ['resource', 'audience'])
  }
  // What a client takes back itself is no replay.
  made.on('grant.revoked', (ctx, grantId) => {
    if (ctx.oidc.route !== 'token') return
    noteReplay(grantId, ctx.oidc.client?.clientId ?? null, String(ctx.oidc.params?.grant_type))
  })
  made.on('server_error', (_ctx, error) => log.error({ err: error }, 'authorization server failed'))
  return made
}

/** The consent on our page goes with the provider's own grant, and from there into every token. */
function keepConsentWithGrant(made: Provider): void {
  const known = Reflect.get(made.Grant, 'IN_PAYLOAD') as string[]
  Object.defineProperty(made.Grant, 'IN_PAYLOAD', { get: () => [...known, 'consentId', 'offline'] })
}

/** A client that has proven itself by other means has no secret to compare. */
async function compareClientSecret(
  this: { clientId: string; clientSecret?: string },
  given: string,
): Promise<boolean> {
  const { clientId, clientSecret = '' } = this
  if (clientId.startsWith('ag_')) return asked().proven === clientId || checkAgentSecret(clientId, given)
  return timingSafeEqual(digest(digestedSecret(given)), digest(clientSecret))
}

/** Proofs are good once, over all processes. */
const unique = (issuedBy: string, jti: string, exp: number): Promise<boolean> =>
  claimOnce(JSON.stringify([issuedBy, jti]), Math.max(1, exp - Math.floor(Date.now() / 1000)))

/**
 * A refresh token's successor is derived from it, so that all who exchange it at once get the same one: a client that
 * asks twice is not left with a token that nobody knows to be used, and a thief shares one with its owner.
 */
function refreshTokenId(): string {
  const { rotating } = asked()
  if (rotating === null) return fresh()
  return createHmac('sha256', derivedKey('successors')).update(rotating).digest('base64url')
}

const fresh = () => randomBytes(32).toString('base64url')
