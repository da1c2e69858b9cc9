import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomNonce } from 'oauth4webapi'
import type { OAuthConnector } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import type { AuthConfig } from './auth-configs.ts'
import { urlOf } from './endpoints.ts'

/** What binds an answer to the browser that asked: kept in its sealed first-party cookie. */
export type Proofs = { state: string; verifier: string; nonce: string }

/** @param scope a prefix of the state that lets a callback find its cookie; no secret */
export const newProofs = (scope: string): Proofs => ({
  state: `${scope}.${generateRandomNonce()}`,
  verifier: generateRandomCodeVerifier(),
  nonce: generateRandomNonce(),
})

/**
 * The address of the provider's consent page (RFC 6749 §4.1.1, PKCE S256 by RFC 7636 wherever it is taken).
 * @param switchAccount whether the provider is to ask which account, where it can
 */
export async function authorizeUrl(
  connector: OAuthConnector,
  auth: AuthConfig,
  proofs: Proofs,
  scopes: readonly string[],
  switchAccount = false,
): Promise<string> {
  const { auth: facts } = connector
  const url = new URL(urlOf(connector, auth, facts.authorizeUrl))
  const all = [...new Set([...facts.baseScopes, ...scopes])]
  const params: Record<string, string> = {
    response_type: 'code',
    client_id: auth.clientId,
    redirect_uri: auth.redirectUri,
    // A provider without scopes is sent none, not an empty one.
    ...(all.length > 0 && { [facts.scopeParam]: all.join(facts.scopeDelimiter) }),
    state: proofs.state,
    ...(facts.nonce && { nonce: proofs.nonce }),
    ...(facts.pkce === 'S256' && {
      code_challenge: await calculatePKCECodeChallenge(proofs.verifier),
      code_challenge_method: 'S256',
    }),
  }
  const asked = { ...facts.authorizeParams, ...(switchAccount && facts.switchAccountParams) }
  for (const [name, value] of Object.entries({ ...asked, ...params })) {
    if (value !== null && asked[name] !== null) url.searchParams.set(name, value)
  }
  return url.href
}

/** The origin of the provider's consent page: whose answer it is where no issuer is announced. */
const authorizeOrigin = (connector: OAuthConnector, auth: AuthConfig): string =>
  new URL(urlOf(connector, auth, connector.auth.authorizeUrl)).origin

/** What the provider's redirect says, when it belongs to the request that we made. */
export type AuthorizeAnswer = { code: string } | { error: string }

/**
 * Reads the provider's redirect (RFC 6749 §4.1.2). Its error text is shown to nobody: anyone can write it.
 * @throws AppError `bad_request` for another state, another issuer, or a parameter given twice (RFC 9207 §2.4)
 */
export function readAnswer(
  connector: OAuthConnector,
  auth: AuthConfig,
  params: URLSearchParams,
  state: string,
): AuthorizeAnswer {
  const single = (name: string): string | null => {
    const values = params.getAll(name)
    if (values.length > 1) throw mismatch(`${name} is repeated`)
    return values[0] ?? null
  }
  if (single('state') !== state) throw mismatch('state differs')
  const issuer = connector.auth.issuer && urlOf(connector, auth, connector.auth.issuer)
  const given = single('iss')
  // Checked on errors too: an error from another server is as foreign as a code.
  const fits =
    given === null ? !connector.auth.issuerRequired : given === (issuer ?? authorizeOrigin(connector, auth))
  if (!fits) throw mismatch('iss differs')
  const error = single('error')
  if (error !== null) return { error: /^[a-z_]{1,60}$/.test(error) ? error : 'server_error' }
  const code = single('code')
  if (code === null || code === '') throw mismatch('neither code nor error')
  return { code }
}

const mismatch = (internal: string) =>
  new AppError('bad_request', { detail: 'The provider answered something that was not asked.' }, { internal })
