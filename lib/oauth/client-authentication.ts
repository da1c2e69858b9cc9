import { type Connector, type CredentialForm, kindFacts, type OAuthConnector } from '#lib/connector-kit'
import type { Tokens } from '#lib/vault'
import type { AuthConfig } from './auth-configs.ts'

/** What a call is authorised with: the access token, and for a form what the person pasted. */
export type Presented = Pick<Tokens, 'accessToken' | 'fields'>

/** Basic authentication of a client, each part form-encoded first (RFC 6749 §2.3.1). */
export const basicHeader = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** Basic with the secret as the user name and no password, as Stripe takes its keys. */
export const secretAsUserHeader = (secret: string): string =>
  `Basic ${Buffer.from(`${secret}:`).toString('base64')}`

/** The headers and fields by which our client authenticates (RFC 6749 §2.3.1). */
export function clientAuthentication(
  connector: OAuthConnector,
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

/** The header that carries a credential to this provider. */
export function accessHeader({ auth }: Connector, presented: Presented): Record<string, string> {
  if (auth.kind === 'form') return placed(auth, presented)
  return auth.tokenHeader === null
    ? { authorization: `Bearer ${presented.accessToken}` }
    : { [auth.tokenHeader]: presented.accessToken }
}

function placed({ place, grant }: CredentialForm, { accessToken, fields = {} }: Presented) {
  const values: Readonly<Record<string, string>> = grant ? { ...fields, access_token: accessToken } : fields
  const filled = (template: string) =>
    template.replace(/\{([a-z][a-z0-9_]*)\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`the credential has no ${name}`)
      return value
    })
  if ('header' in place) return { [place.header.toLowerCase()]: filled(place.value) }
  const pair = `${filled(place.basic.user)}:${filled(place.basic.password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** What must not be seen in an answer: the secrets of a form, and what a header makes of them. */
export function secretsIn(connector: Connector, presented: Presented): string[] {
  const { auth } = connector
  if (auth.kind !== 'form') return []
  const pasted = auth.fields.flatMap(({ name, kind }) => {
    const value = presented.fields?.[name]
    return kindFacts[kind].secret && value !== undefined ? [value] : []
  })
  const sent = Object.values(placed(auth, presented)).map((value) => value.replace(/^(Basic|Bearer) /, ''))
  return [...pasted, ...sent]
}
