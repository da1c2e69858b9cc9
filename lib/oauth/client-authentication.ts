import type { Connector } from '#lib/connector-kit'
import type { AuthConfig } from './auth-configs.ts'

/** Basic authentication of a client, each part form-encoded first (RFC 6749 §2.3.1). */
export const basicHeader = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** Basic with the secret as the user name and no password, as Stripe takes its keys. */
export const secretAsUserHeader = (secret: string): string =>
  `Basic ${Buffer.from(`${secret}:`).toString('base64')}`

/** The headers and fields by which our client authenticates (RFC 6749 §2.3.1). */
export function clientAuthentication(
  connector: Connector,
  auth: Pick<AuthConfig, 'clientId'>,
  secret: string,
): { headers: Record<string, string>; fields: Record<string, string> } {
  switch (connector.auth.clientAuth) {
    case 'client_secret_basic':
      return { headers: { authorization: basicHeader(auth.clientId, secret) }, fields: {} }
    case 'secret_as_user':
      return { headers: { authorization: secretAsUserHeader(secret) }, fields: {} }
    case 'client_secret_post':
      return { headers: {}, fields: { client_id: auth.clientId, client_secret: secret } }
  }
}

/** The header that carries an access token to this provider. */
export const accessHeader = (connector: Connector, accessToken: string): Record<string, string> =>
  connector.auth.tokenHeader === null
    ? { authorization: `Bearer ${accessToken}` }
    : { [connector.auth.tokenHeader]: accessToken }
