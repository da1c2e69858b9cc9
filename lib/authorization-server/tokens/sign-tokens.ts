import type Provider from 'oidc-provider'
import { accessTokenClaims, signAccessToken } from './claims.ts'
import { consentedFacts, ownFacts, type ProviderToken } from './facts.ts'
import { extraOf } from './issue.ts'

type Token = ProviderToken & {
  kind: string
  accountId?: string | undefined
  grantId?: string | undefined
  expiresIn?: number | undefined
}

/** The provider's access tokens are made where all of ours are, and kept by the digest of their id. */
export function signTokens(provider: Provider): void {
  for (const model of [provider.AccessToken, provider.ClientCredentials]) {
    const kept = Reflect.get(model, 'IN_PAYLOAD') as readonly string[]
    Object.defineProperty(model.prototype, 'getValueAndPayload', {
      async value(this: Token) {
        const facts =
          this.kind === 'AccessToken'
            ? await consentedFacts(this, await consentOf(provider, this))
            : await ownFacts(this)
        const claims = accessTokenClaims(facts)
        this.expiresIn = claims.exp - claims.iat
        this.scope = claims.scope
        const values = kept.flatMap((name) => {
          const value: unknown = Reflect.get(this, name)
          return value === undefined ? [] : [[name, value] as const]
        })
        const { iat, exp } = claims
        return {
          value: await signAccessToken(claims),
          payload: { ...Object.fromEntries(values), iat, exp, extra: extraOf(claims) },
        }
      },
    })
  }
}

async function consentOf(provider: Provider, token: Token): Promise<string | undefined> {
  const grant = token.grantId === undefined ? undefined : await provider.Grant.find(token.grantId)
  return grant && consentIn(grant)
}

/** The consent on our page that a grant of the provider's stands for; internal id. */
export const consentIn = (grant: object): string | undefined => {
  const consent: unknown = Reflect.get(grant, 'consentId')
  return typeof consent === 'string' ? consent : undefined
}
