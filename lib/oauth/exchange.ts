import { decodeJwt } from 'jose'
import {
  apiOriginIn,
  type Connector,
  type OAuthConnector,
  type ProviderAccount,
  type TokenSet,
} from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import type { AuthConfig } from './auth-configs.ts'
import type { Proofs } from './authorize.ts'
import { pinnedHosts, urlOf } from './endpoints.ts'
import { identify } from './identity.ts'
import { revokeUpstream } from './revoke.ts'
import { callTokenEndpoint } from './token-endpoint.ts'

const deadlineMs = 20_000

/**
 * Trades the code for tokens (RFC 6749 §4.1.3) and asks whose they are.
 * @throws AppError `upstream_rejected`, `upstream_error` or `bad_request`; none carries the provider's text
 */
export async function exchangeCode(
  egress: Egress,
  connector: OAuthConnector,
  tenant: Tenant,
  auth: AuthConfig,
  code: string,
  proofs: Proofs,
): Promise<{ tokens: TokenSet; account: ProviderAccount }> {
  const answer = await callTokenEndpoint(
    egress,
    connector,
    tenant,
    auth,
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: auth.redirectUri,
      ...(connector.auth.pkce === 'S256' && { code_verifier: proofs.verifier }),
    },
    deadlineMs,
  )
  if (answer.kind !== 'tokens') {
    const failed =
      answer.kind === 'no_answer' || answer.kind === 'transient' || answer.kind === 'rate_limited'
    throw new AppError(
      failed ? 'upstream_error' : 'upstream_rejected',
      { detail: `${connector.name} did not complete the connection.` },
      { internal: `token endpoint: ${answer.kind} ${answer.errorCode}` },
    )
  }
  try {
    if (connector.auth.nonce) checkIdToken(connector, auth, answer.body.id_token, proofs.nonce)
    assertOwnOrigin(connector, auth, answer.body)
    const account = await identify(egress, connector, tenant, auth, answer.tokens.accessToken, answer.body)
    return { tokens: answer.tokens, account }
  } catch (error) {
    // Whose they are is not known: given back only where that ends nothing else.
    if (!connector.auth.revoke?.endsWiderGrant) {
      await revokeUpstream(egress, connector, tenant, auth, answer.tokens).catch(() => undefined)
    }
    throw error
  }
}

/** A response that sends our calls elsewhere than to the provider is refused (THREATS.md O6). */
function assertOwnOrigin(connector: OAuthConnector, auth: AuthConfig, body: Record<string, unknown>): void {
  try {
    apiOriginIn(connector.auth.apiOrigin, body, pinnedHosts(connector, auth))
  } catch {
    throw new AppError(
      'upstream_rejected',
      { detail: `${connector.name} did not complete the connection.` },
      { internal: 'token response names a foreign API' },
    )
  }
}

/**
 * Checks the id token's claims (OpenID Connect Core §3.1.3.7). It came straight from the token endpoint, which is
 * authenticated by TLS, so that its signature may be left unchecked (item 6 of that section).
 */
function checkIdToken(connector: OAuthConnector, auth: AuthConfig, idToken: unknown, nonce: string): void {
  const wrong = (internal: string) =>
    new AppError(
      'bad_request',
      { detail: 'The provider answered something that was not asked.' },
      { internal },
    )
  if (typeof idToken !== 'string') throw wrong('no id token')
  let claims: ReturnType<typeof decodeJwt>
  try {
    claims = decodeJwt(idToken)
  } catch {
    throw wrong('id token unreadable')
  }
  const issuer = connector.auth.issuer && urlOf(connector, auth, connector.auth.issuer)
  if (claims.nonce !== nonce) throw wrong('id token nonce differs')
  if (![claims.aud].flat().includes(auth.clientId)) throw wrong('id token is for another client')
  if (issuer && claims.iss !== issuer) throw wrong('id token of another issuer')
}

/**
 * The scopes that a connection holds: what the provider granted, within what the person approved. A provider that
 * grants more (Slack adds up earlier grants) gives us nothing that was not agreed to.
 */
export function grantedScopes(
  connector: Connector,
  granted: readonly string[] | null,
  approved: readonly string[],
): string[] {
  if (granted === null) return [...approved]
  const held = new Set(granted.flatMap((scope) => [scope, ...(connector.implies[scope] ?? [])]))
  return approved.filter((scope) => held.has(scope))
}
