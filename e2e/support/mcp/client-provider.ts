// What MCP clients keep of an authorization, in memory: the Vercel AI SDK and the official SDK, which LangChain is built
// on, ask for the same.
import type { OAuthClientInformation, OAuthClientProvider, OAuthTokens } from '@ai-sdk/mcp'

type ServerInformation = Parameters<NonNullable<OAuthClientProvider['saveAuthorizationServerInformation']>>[0]

export class MemoryProvider implements OAuthClientProvider {
  readonly redirectUrl: string
  readonly clientMetadata: OAuthClientProvider['clientMetadata']
  /** Where the client wants its person to go. */
  authorizationUrl = ''
  #client: OAuthClientInformation | undefined
  #tokens: OAuthTokens | undefined
  #verifier = ''
  #server: ServerInformation | undefined

  /** @param redirectUrl where the client is answered */
  constructor(redirectUrl: string, name: string) {
    this.redirectUrl = redirectUrl
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }
  }
  clientInformation() {
    return this.#client
  }
  saveClientInformation(client: OAuthClientInformation) {
    this.#client = client
  }
  tokens() {
    return this.#tokens
  }
  saveTokens(tokens: OAuthTokens) {
    this.#tokens = tokens
  }
  redirectToAuthorization(url: URL) {
    this.authorizationUrl = url.href
  }
  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }
  codeVerifier() {
    return this.#verifier
  }
  authorizationServerInformation() {
    return this.#server
  }
  saveAuthorizationServerInformation(server: ServerInformation) {
    this.#server = server
  }
}
