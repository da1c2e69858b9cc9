import { decodeJwt } from 'jose'
import {
  type Connector,
  classify,
  type FormConnector,
  isOAuth,
  type OAuthConnector,
  type ProviderAccount,
} from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { EgressError } from '#lib/egress'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { type AuthConfig, withClientSecret } from './auth-configs.ts'
import { accessHeader, clientAuthentication, type Presented } from './client-authentication.ts'
import { pinnedHosts, urlOf } from './endpoints.ts'
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
  presented: Presented,
  tenant: Tenant | null = null,
): Promise<Identity> {
  const answer = await askIdentity(egress, connector, auth, presented, tenant)
  if ('why' in answer) throw unknown(connector, `identity: ${answer.why}`)
  return answer
}

/** `absent`: there is nothing at that address · `busy`: asked too often · `silent`: no answer that says anything. */
export type IdentityAnswer = Identity | { kind: 'absent' | 'busy' | 'silent'; why: string }

/** As `whoIs`, with what came instead of an answer told apart. Nothing of it is the provider's text. */
export async function askIdentity(
  egress: Egress,
  connector: Connector,
  auth: AuthConfig,
  presented: Presented,
  tenant: Tenant | null,
): Promise<IdentityAnswer> {
  const { identity } = connector.auth
  if (identity.url === null) return { kind: 'silent', why: 'told with the tokens alone' }
  try {
    const response = await egress.request({
      purpose: 'provider',
      method: identity.method,
      url: urlOf(connector, auth, identity.url),
      hosts: pinnedHosts(connector, auth),
      ...(isOAuth(connector) && 'introspect' in identity && identity.introspect
        ? await introspection(connector, tenant, auth, presented.accessToken)
        : asBearer(connector, identity, presented)),
      deadlineMs,
      maxBytes: 256 * 1024,
    })
    const refusal = classify(connector.apiErrors, answerOf(response))
    if (refusal === 'dead' || refusal === 'expired') return { kind: 'refused' }
    if (refusal === 'permission') return { kind: 'forbidden' }
    const why = `status ${response.status}`
    if (refusal === 'not_found') return { kind: 'absent', why }
    if (refusal === 'rate_limited') return { kind: 'busy', why }
    if (response.status !== 200) return { kind: 'silent', why }
    return { kind: 'account', account: accountAt(auth, identity.parse(response.json())) }
  } catch (error) {
    if (error instanceof AppError) throw error
    if (!(error instanceof EgressError)) return { kind: 'silent', why: 'unreadable' }
    // A host that does not exist, or one that sends us elsewhere: what a wrong subdomain comes to.
    const absent = error.kind === 'redirect' || error.code === 'ENOTFOUND'
    return { kind: absent ? 'absent' : 'silent', why: error.kind }
  }
}

/** Where a person says which of the provider's addresses is theirs, an id means something within it alone. */
function accountAt(auth: Pick<AuthConfig, 'inputs'>, account: ProviderAccount): ProviderAccount {
  if (account.id === '') throw new Error('empty id')
  const places = Object.values(auth.inputs)
  const id = [...places, account.id].join('/')
  const label = places.length > 0 ? `${account.label} (${places.join(', ')})` : account.label
  return { id: id.slice(0, 300), label: label.slice(0, 300) }
}

/** As `whoIs`, for a token that was issued this moment: a refusal of it is the provider's failure. */
export async function identify(
  egress: Egress,
  connector: OAuthConnector,
  tenant: Tenant,
  auth: AuthConfig,
  accessToken: string,
  tokenResponse: Readonly<Record<string, unknown>>,
): Promise<ProviderAccount> {
  const facts = connector.auth.identity
  if (facts.url === null) {
    try {
      return accountAt(
        auth,
        facts.parse(
          facts.from === 'token_response' ? tokenResponse : decodeJwt(String(tokenResponse.id_token)),
        ),
      )
    } catch {
      throw unknown(connector, 'identity: not in the token response')
    }
  }
  const identity = await whoIs(egress, connector, auth, { accessToken }, tenant)
  if (identity.kind !== 'account') throw unknown(connector, `identity: ${identity.kind}`)
  return identity.account
}

type Call = { headers: Record<string, string>; body?: string }

function asBearer(
  connector: Connector,
  { headers, json }: Pick<FormConnector['auth']['identity'], 'headers' | 'json'>,
  presented: Presented,
): Call {
  const sent = { ...common, ...headers, ...accessHeader(connector, presented) }
  return json === undefined
    ? { headers: sent }
    : { headers: { ...sent, 'content-type': 'application/json' }, body: JSON.stringify(json) }
}

/** The token in a form, with our client's own credentials (RFC 7662 §2.1). */
async function introspection(
  connector: OAuthConnector,
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
