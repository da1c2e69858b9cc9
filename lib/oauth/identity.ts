import { decodeJwt } from 'jose'
import { type Connector, classify, type ProviderAccount } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { EgressError } from '#lib/egress'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { type AuthConfig, withClientSecret } from './auth-configs.ts'
import { accessHeader, clientAuthentication } from './client-authentication.ts'
import { baseUrlsOf, fill, pinnedHosts } from './endpoints.ts'
import { answerOf } from './token-endpoint.ts'

const deadlineMs = 20_000
const common = { accept: 'application/json', 'user-agent': 'behalf' }

/** Whose a token is; or that the provider takes it no longer, or takes it and will not say by it whose it is. */
export type Identity = { kind: 'account'; account: ProviderAccount } | { kind: 'refused' | 'forbidden' }

/**
 * Asks the provider whose token this is. The answer is read body first: some refuse a token with status 200 (Slack).
 * @param tenant needed where the provider asks for our client's credentials too
 * @throws AppError `upstream_error` when there is no answer that says either, or the provider tells only with the tokens
 */
export async function whoIs(
  egress: Egress,
  connector: Connector,
  auth: AuthConfig,
  accessToken: string,
  tenant: Tenant | null = null,
): Promise<Identity> {
  const { identity } = connector.auth
  if (identity.url === null) throw unknown(connector, 'identity: told with the tokens alone')
  try {
    const response = await egress.request({
      purpose: 'provider',
      method: identity.method,
      url: fill(identity.url, baseUrlsOf(connector, auth)),
      hosts: pinnedHosts(connector, auth),
      ...(identity.introspect
        ? await introspection(connector, tenant, auth, accessToken)
        : asBearer(connector, identity, accessToken)),
      deadlineMs,
      maxBytes: 256 * 1024,
    })
    const refusal = classify(connector.apiErrors, answerOf(response))
    if (refusal === 'dead' || refusal === 'expired') return { kind: 'refused' }
    if (refusal === 'permission') return { kind: 'forbidden' }
    if (response.status !== 200) throw unknown(connector, `identity: status ${response.status}`)
    const account = identity.parse(response.json())
    if (account.id === '') throw unknown(connector, 'identity: empty id')
    return {
      kind: 'account',
      account: { id: account.id.slice(0, 300), label: account.label.slice(0, 300) },
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw unknown(
      connector,
      error instanceof EgressError ? `identity: ${error.kind}` : 'identity: unreadable',
    )
  }
}

/** As `whoIs`, for a token that was issued this moment: a refusal of it is the provider's failure. */
export async function identify(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  accessToken: string,
  tokenResponse: Readonly<Record<string, unknown>>,
): Promise<ProviderAccount> {
  const facts = connector.auth.identity
  if (facts.url === null) {
    try {
      const { id, label } = facts.parse(
        facts.from === 'token_response' ? tokenResponse : decodeJwt(String(tokenResponse.id_token)),
      )
      return { id: id.slice(0, 300), label: label.slice(0, 300) }
    } catch {
      throw unknown(connector, 'identity: not in the token response')
    }
  }
  const identity = await whoIs(egress, connector, auth, accessToken, tenant)
  if (identity.kind !== 'account') throw unknown(connector, `identity: ${identity.kind}`)
  return identity.account
}

type Call = { headers: Record<string, string>; body?: string }

function asBearer(
  connector: Connector,
  { headers, json }: Pick<Extract<Connector['auth']['identity'], { url: string }>, 'headers' | 'json'>,
  accessToken: string,
): Call {
  const sent = { ...common, ...headers, ...accessHeader(connector, accessToken) }
  return json === undefined
    ? { headers: sent }
    : { headers: { ...sent, 'content-type': 'application/json' }, body: JSON.stringify(json) }
}

/** The token in a form, with our client's own credentials (RFC 7662 §2.1). */
async function introspection(
  connector: Connector,
  tenant: Tenant | null,
  auth: AuthConfig,
  accessToken: string,
): Promise<Call> {
  if (!tenant) throw unknown(connector, 'identity: needs our client')
  return withClientSecret(tenant, auth, async (secret) => {
    const { headers, fields } = clientAuthentication(connector, auth, secret)
    return {
      headers: { ...common, ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: accessToken, ...fields }).toString(),
    }
  })
}

const unknown = (connector: Connector, internal: string) =>
  new AppError(
    'upstream_error',
    { detail: `${connector.name} did not say which account this is.` },
    { internal },
  )
