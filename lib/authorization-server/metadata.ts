import { config } from '#lib/config'
import { algorithms, proofAlgorithms } from '#lib/identity'
import { extraGrants } from './grants.ts'
import { issuer, routes } from './issuer.ts'
import { allScopes } from './scopes.ts'

/** What clients learn of the authorization server (RFC 8414 §2, and the registries of what came after it). */
export function publicMetadata() {
  const { publicUrl, oauth, trustedProxies } = config()
  const at = (path: string) => `${issuer()}${path}`
  const methods = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']
  const confidential = methods.filter((method) => method !== 'none')
  return {
    issuer: issuer(),
    authorization_endpoint: at(routes.authorization),
    token_endpoint: at(routes.token),
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    ...(oauth.registration && { registration_endpoint: at(routes.registration) }),
    introspection_endpoint: at(routes.introspection),
    revocation_endpoint: at(routes.revocation),
    pushed_authorization_request_endpoint: at(routes.pushed_authorization_request),
    device_authorization_endpoint: at(routes.device_authorization),
    scopes_supported: [...allScopes],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post', 'fragment'],
    grant_types_supported: [
      'authorization_code',
      'client_credentials',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      ...extraGrants().map(({ grantType }) => grantType),
    ],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint_auth_methods_supported: confidential,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    dpop_signing_alg_values_supported: proofAlgorithms,
    authorization_details_types_supported: ['behalf_tool_call'],
    authorization_response_iss_parameter_supported: true,
    tls_client_certificate_bound_access_tokens: trustedProxies.length > 0,
    request_uri_parameter_supported: false,
    ...(oauth.registration && { client_id_metadata_document_supported: true }),
  }
}

/** For clients that only know OpenID Connect's way to look: no ID token is ever given out. */
export const openidMetadata = () => ({
  ...publicMetadata(),
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
})
