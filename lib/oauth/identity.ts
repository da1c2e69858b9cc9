import { type Connector, classify, type ProviderAccount } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { EgressError } from '#lib/egress'
import { AppError } from '#lib/errors'
import type { AuthConfig } from './auth-configs.ts'
import { baseUrlsOf, fill, pinnedHosts } from './endpoints.ts'

const deadlineMs = 20_000

/** Whose a token is; or that the provider takes it no longer, or takes it and will not say by it whose it is. */
export type Identity = { kind: 'account'; account: ProviderAccount } | { kind: 'refused' | 'forbidden' }

/**
 * Asks the provider whose token this is. The answer is read body first: some refuse a token with status 200 (Slack).
 * @throws AppError `upstream_error` when there is no answer that says either
 */
export async function whoIs(
  egress: Egress,
  connector: Connector,
  auth: AuthConfig,
  accessToken: string,
): Promise<Identity> {
  const { identity } = connector.auth
  try {
    const response = await egress.request({
      purpose: 'provider',
      method: identity.method,
      url: fill(identity.url, baseUrlsOf(connector, auth)),
      hosts: pinnedHosts(connector, auth),
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json', 'user-agent': 'behalf' },
      deadlineMs,
      maxBytes: 256 * 1024,
    })
    const refusal = classify(connector.apiErrors, response.status, read(response))
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
  auth: AuthConfig,
  accessToken: string,
): Promise<ProviderAccount> {
  const identity = await whoIs(egress, connector, auth, accessToken)
  if (identity.kind !== 'account') throw unknown(connector, `identity: ${identity.kind}`)
  return identity.account
}

function read(response: { json: () => unknown }): unknown {
  try {
    return response.json()
  } catch {
    return null
  }
}

const unknown = (connector: Connector, internal: string) =>
  new AppError(
    'upstream_error',
    { detail: `${connector.name} did not say which account this is.` },
    { internal },
  )
