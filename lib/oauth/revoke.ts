import {
  type Connector,
  type FormConnector,
  isOAuth,
  type OAuthConnector,
  type RevokeRequest,
} from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { EgressError, type EgressRequest } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import type { Tokens } from '#lib/vault'
import { type AuthConfig, withClientSecret } from './auth-configs.ts'
import {
  accessHeader,
  basicHeader,
  clientAuthentication,
  secretAsUserHeader,
} from './client-authentication.ts'
import { type Addressed, addressedBy, pinnedHosts, urlOf } from './endpoints.ts'

/** `unsupported`: the provider has no such call · `unconfirmed`: it was called and did not say that the token is gone. */
export type UpstreamRevocation =
  | { outcome: 'revoked' }
  | { outcome: 'unsupported' }
  | { outcome: 'unconfirmed'; errorCode: string; mayPass: boolean }

type Client = Addressed & Pick<AuthConfig, 'clientId'>

function requestOf(
  facts: RevokeRequest,
  connector: OAuthConnector,
  auth: Client,
  token: string,
  secret: string,
  accountId: string | null,
): { headers: Record<string, string>; body?: string } {
  const client = clientAuthentication(connector, auth, secret)
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'behalf' }
  if (facts.authenticate === 'client') Object.assign(headers, client.headers)
  if (facts.authenticate === 'basic') headers.authorization = basicHeader(auth.clientId, secret)
  if (facts.authenticate === 'secret_as_user') headers.authorization = secretAsUserHeader(secret)
  if (facts.authenticate === 'bearer') Object.assign(headers, accessHeader(connector, { accessToken: token }))
  if (facts.body === 'json_access_token' || facts.body === 'json_token') {
    return {
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(facts.body === 'json_token' ? { token } : { access_token: token }),
    }
  }
  if (facts.body === 'form_token' || facts.body === 'form_account') {
    const fields =
      facts.body === 'form_token'
        ? { token, ...(facts.authenticate === 'client' && client.fields) }
        : { client_id: auth.clientId, [facts.accountField ?? 'account']: accountId ?? '' }
    return {
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    }
  }
  return { headers }
}

/**
 * Tells the provider that a token is over (RFC 7009, or the provider's own way).
 * @param accountId the account at the provider, for those that take its name and no token; without it those are
 *   `unsupported`
 */
export function revokeUpstream(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  tokens: Tokens,
  accountId: string | null = null,
): Promise<UpstreamRevocation> {
  if (!connector.auth.revoke) return Promise.resolve({ outcome: 'unsupported' })
  const at = addressedBy(auth, connector, tokens.fields)
  if (!isOAuth(connector)) return endPasted(egress, connector as FormConnector, at, tokens)
  return withClientSecret(tenant, auth, (secret) =>
    requestRevocation(egress, connector, at, secret, tokens, accountId),
  )
}

/** Ends what a person pasted, by itself: no client of ours stands between. */
async function endPasted(
  egress: Egress,
  connector: FormConnector,
  auth: Client,
  tokens: Tokens,
): Promise<UpstreamRevocation> {
  const facts = connector.auth.revoke
  if (!facts) return { outcome: 'unsupported' }
  const call = {
    method: facts.method,
    url: urlOf(connector, auth, facts.url),
    hosts: pinnedHosts(connector, auth),
    headers: { accept: 'application/json', 'user-agent': 'behalf', ...accessHeader(connector, tokens) },
  }
  return sendRevocation(egress, call, facts.confirms)
}

/** As `revokeUpstream`, for a caller that has been lent the client secret. */
export async function requestRevocation(
  egress: Egress,
  connector: OAuthConnector,
  auth: Client,
  secret: string,
  tokens: Tokens,
  accountId: string | null,
): Promise<UpstreamRevocation> {
  const facts = connector.auth.revoke
  if (!facts || (facts.body === 'form_account' && accountId === null)) return { outcome: 'unsupported' }
  const token = facts.token === 'access' ? tokens.accessToken : (tokens.refreshToken ?? tokens.accessToken)
  const call = {
    method: facts.method,
    url: urlOf(connector, auth, facts.url, { client_id: encodeURIComponent(auth.clientId) }),
    hosts: pinnedHosts(connector, auth),
    ...requestOf(facts, connector, auth, token, secret, accountId),
  }
  return sendRevocation(egress, call, facts.confirms)
}

async function sendRevocation(
  egress: Egress,
  call: Omit<EgressRequest, 'purpose'>,
  confirms: RevokeRequest['confirms'],
): Promise<UpstreamRevocation> {
  try {
    const response = await egress.request({
      purpose: 'provider',
      ...call,
      deadlineMs: 10_000,
      maxBytes: 64 * 1024,
    })
    let body: unknown = null
    try {
      body = response.json()
    } catch {
      // Many providers answer a revocation with nothing.
    }
    if (confirms(response.status, body)) return { outcome: 'revoked' }
    const mayPass = response.status >= 500 || response.status === 429
    return { outcome: 'unconfirmed', errorCode: `status_${response.status}`, mayPass }
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    return { outcome: 'unconfirmed', errorCode: `egress_${error.kind}`, mayPass: true }
  }
}
