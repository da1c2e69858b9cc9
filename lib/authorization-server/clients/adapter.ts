import { randomBytes } from 'node:crypto'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { type AgentClient, agentClient } from '#lib/identity'
import { sha256 } from '#lib/ids'
import { asked } from '../asked.ts'
import { extraGrants } from '../grants.ts'
import { Records } from '../store/adapter.ts'
import { isLocalRedirect } from './rules.ts'

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

const digested = /^sha256:[0-9a-f]{64}$/

/** A client's secret as it is kept. */
export const digestedSecret = (secret: string): string =>
  `sha256:${Buffer.from(sha256(secret)).toString('hex')}`

/** Stands where the provider wants a secret: the agent's own are looked at elsewhere, several at once. */
const noSecret = randomBytes(32).toString('hex')

/** Clients as the provider asks for them: an org's agents by their own ids, and those that registered themselves. */
export class Clients implements Adapter {
  readonly #registered = new Records('Client', () => Promise.reject(new Error('clients are not consumed')))

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (id.startsWith('ag_')) {
      const agent = await agentClient(id)
      return agent ? metadataOf(agent) : undefined
    }
    return withoutRecord(await this.#registered.find(id))
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    const { client_secret: secret, ...rest } = payload
    const kept = typeof secret === 'string' && !digested.test(secret) ? digestedSecret(secret) : secret
    await this.#registered.upsert(
      id,
      { ...rest, ...(kept !== undefined && { client_secret: kept }) },
      clientSeconds,
    )
  }

  destroy(id: string): Promise<void> {
    return this.#registered.destroy(id)
  }

  findByUid = async () => undefined
  findByUserCode = async () => undefined
  consume = async () => {}
  revokeByGrantId = async () => {}
}

/** A client that nobody uses for so long is forgotten. */
const clientSeconds = 180 * 24 * 3600

const withoutRecord = (payload: AdapterPayload | undefined): AdapterPayload | undefined => {
  if (!payload) return undefined
  const { jti: _, ...metadata } = payload
  return metadata
}

/** The agent as the provider is to see it for this request: by what it presents, of what it has. */
function metadataOf(agent: AgentClient): AdapterPayload {
  const { presents, proven, certificate } = asked()
  const byKey = presents === 'assertion' && proven === null
  const redirects = agent.redirectUris.length > 0
  return {
    client_id: agent.clientId,
    client_name: agent.name,
    redirect_uris: [...agent.redirectUris],
    application_type: redirects && agent.redirectUris.every(isLocalRedirect) ? 'native' : 'web',
    response_types: redirects ? ['code'] : [],
    grant_types: [
      ...['client_credentials', deviceCode, 'refresh_token'],
      ...extraGrants().map(({ grantType }) => grantType),
      ...(redirects ? ['authorization_code'] : []),
    ],
    authorization_details_types: ['behalf_tool_call'],
    ...(certificate !== null && { tls_client_certificate_bound_access_tokens: true }),
    ...(byKey
      ? { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: agent.jwks } as never }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: noSecret }),
  }
}
