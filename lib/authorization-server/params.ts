import { errors } from 'oidc-provider'
import { kindOf } from './asking-client.ts'
import { provider } from './provider.ts'
import { allScopes, defaultScopes, offlineAccess, words } from './scopes.ts'

/** What OpenID Connect asks of a provider of identities, which this is not: to be left out is to be ignored. */
const ofIdentity = [
  'nonce',
  'acr_values',
  'claims',
  'claims_locales',
  'id_token_hint',
  'display',
  'registration',
]

/** Grants whose scopes are what their source has. */
const fromSource = new Set([
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
])

/**
 * A request's parameters with what it leaves unsaid: scopes where none are named. Whether a refresh token is asked for
 * goes beside the scopes, as it is no right at a resource. Parameters that come twice stay for the provider to refuse.
 */
export async function withDefaults(
  given: URLSearchParams,
  kind: 'authorization' | 'token',
  headers?: Headers,
): Promise<URLSearchParams> {
  const params = new URLSearchParams(given)
  for (const name of [...params.keys()]) if (name.startsWith('behalf_')) params.delete(name)
  if (params.getAll('scope').length > 1) return params
  const grant = params.get('grant_type')
  const wanted = words(params.get('scope') ?? undefined)
  if (kind === 'token') {
    if (grant === 'client_credentials') ownScopes(params, wanted)
    else if (grant !== null && fromSource.has(grant) && wanted.length > 0)
      params.set('scope', wanted.filter((scope) => scope !== offlineAccess).join(' '))
    return params
  }
  for (const name of ofIdentity) params.delete(name)
  const maxAge = params.get('max_age')
  params.delete('max_age')
  if (maxAge !== null) {
    if (!/^\d{1,9}$/.test(maxAge)) throw new errors.InvalidRequest('max_age must be a number of seconds')
    params.set('behalf_max_age', maxAge)
  }
  // A pushed request has said it already.
  if (params.has('request_uri')) return params
  const clientId = params.get('client_id') ?? namedIn(headers)
  if (clientId !== null) params.set('client_id', clientId)
  const client = clientId === null ? null : await clientOf(clientId)
  const registered = words(client?.scope)
  const known = wanted.filter((scope) => allScopes.includes(scope))
  const usual = registered.length > 0 ? registered : [...defaultScopes, ...usualOffline(client)]
  const scopes = wanted.length > 0 ? known : usual
  const rights = scopes.filter((scope) => scope !== offlineAccess)
  if (wanted.length > 0 && known.length === 0) params.set('behalf_ask', 'none')
  else if (scopes.includes(offlineAccess)) params.set('behalf_ask', 'offline')
  params.set('scope', (rights.length > 0 ? rights : known.length > 0 ? defaultScopes : wanted).join(' '))
  return params
}

function ownScopes(params: URLSearchParams, wanted: readonly string[]): void {
  const known = wanted.filter((scope) => allScopes.includes(scope) && scope !== offlineAccess)
  if (wanted.length > 0 && known.length === 0)
    throw new errors.InvalidScope('none of the scopes is one that there is', 'scope')
  params.set('scope', (known.length > 0 ? known : defaultScopes).join(' '))
}

type Client = { clientId: string; scope?: string; grantTypeAllowed: (type: string) => boolean }

/** Clients that registered themselves and may refresh say so once, and mean it each time. */
const usualOffline = (client: Client | null): string[] =>
  client && kindOf(client.clientId) !== 'agent' && client.grantTypeAllowed('refresh_token')
    ? [offlineAccess]
    : []

/** Who asks, as far as that can be told before it has proven itself. Whatever is wrong with it the provider says. */
async function clientOf(clientId: string): Promise<Client | null> {
  const found = await provider()
    .Client.find(clientId)
    .catch(() => undefined)
  return found ? (found as Client) : null
}

/** A client that proves itself in the header need not be named in the form too (RFC 9126 §2.1). */
export function namedIn(headers: Headers | undefined): string | null {
  const basic = /^basic +(\S+)$/i.exec(headers?.get('authorization') ?? '')?.[1]
  const [name = ''] = basic === undefined ? [] : Buffer.from(basic, 'base64').toString('utf8').split(':')
  try {
    return decodeURIComponent(name) || null
  } catch {
    return null
  }
}
