import type { Connector, RevokeRequest } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { EgressError } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import type { Tokens } from '#lib/vault'
import { type AuthConfig, withClientSecret } from './auth-configs.ts'
import { baseUrlsOf, fill, pinnedHosts } from './endpoints.ts'
import { basicHeader, clientAuthentication } from './token-endpoint.ts'

/** `unsupported`: the provider has no such call · `unconfirmed`: it was called and did not say that the token is gone. */
export type UpstreamRevocation =
  | { outcome: 'revoked' }
  | { outcome: 'unsupported' }
  | { outcome: 'unconfirmed'; errorCode: string; mayPass: boolean }

function requestOf(
  facts: RevokeRequest,
  connector: Connector,
  auth: AuthConfig,
  token: string,
  secret: string,
): { headers: Record<string, string>; body?: string } {
  const client = clientAuthentication(connector, auth, secret)
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'behalf' }
  if (facts.authenticate === 'client') Object.assign(headers, client.headers)
  if (facts.authenticate === 'basic') headers.authorization = basicHeader(auth.clientId, secret)
  if (facts.authenticate === 'bearer') headers.authorization = `Bearer ${token}`
  if (facts.body === 'json_access_token') {
    return {
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: token }),
    }
  }
  if (facts.body === 'form_token') {
    const fields = { token, ...(facts.authenticate === 'client' && client.fields) }
    return {
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    }
  }
  return { headers }
}

/** Tells the provider that a token is over (RFC 7009, or the provider's own way). */
export function revokeUpstream(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  tokens: Tokens,
): Promise<UpstreamRevocation> {
  const facts = connector.auth.revoke
  if (!facts) return Promise.resolve({ outcome: 'unsupported' })
  return withClientSecret(tenant, auth, async (secret): Promise<UpstreamRevocation> => {
    const token = facts.token === 'access' ? tokens.accessToken : (tokens.refreshToken ?? tokens.accessToken)
    try {
      const response = await egress.request({
        purpose: 'provider',
        method: facts.method,
        url: fill(facts.url, {
          ...baseUrlsOf(connector, auth),
          client_id: encodeURIComponent(auth.clientId),
        }),
        hosts: pinnedHosts(connector, auth),
        ...requestOf(facts, connector, auth, token, secret),
        deadlineMs: 10_000,
        maxBytes: 64 * 1024,
      })
      let body: unknown = null
      try {
        body = response.json()
      } catch {
        // Many providers answer a revocation with nothing.
      }
      if (facts.confirms(response.status, body)) return { outcome: 'revoked' }
      const mayPass = response.status >= 500 || response.status === 429
      return { outcome: 'unconfirmed', errorCode: `status_${response.status}`, mayPass }
    } catch (error) {
      if (!(error instanceof EgressError)) throw error
      return { outcome: 'unconfirmed', errorCode: `egress_${error.kind}`, mayPass: true }
    }
  })
}
