import { type Connector, type FormConnector, fieldsAsked, isForm, kindFacts } from '#lib/connector-kit'
import type { ImportInput } from '#lib/consent/schema'
import { AppError } from '#lib/errors'
import { readFields } from '#lib/oauth'
import { connectorOf, type Deps } from '../context.ts'
import type { Given } from './probe.ts'

export const refusedField = (path: string, message: string, detail: string) =>
  new AppError('invalid_request', { detail, param: path, errors: [{ path, message }] })

/**
 * What an import brings, as the provider would be asked about it.
 * @throws AppError `invalid_request` for what could never be imported
 */
export function givenCredentials(deps: Deps, input: ImportInput): Given {
  if (!Object.hasOwn(deps.connectors, input.connector)) {
    throw refusedField(
      'connector',
      'is no connector',
      `There is no connector ${input.connector}; GET /api/v1/connectors lists them.`,
    )
  }
  const connector = connectorOf(deps, input.connector)
  return isForm(connector) ? givenForm(connector, input) : givenTokens(connector, input)
}

/** The fields of a form; `api_key` is its first secret, which for most is all that there is. */
function givenForm(connector: FormConnector, input: ImportInput): Given {
  if (input.tokens) {
    throw refusedField(
      'tokens',
      'are not taken by this connector',
      `${connector.name} takes a credential of the person's own: send api_key or fields.`,
    )
  }
  const secret = connector.auth.fields.find(({ kind }) => kindFacts[kind].secret)
  const read = readFields(connector, {
    ...input.fields,
    ...(secret && input.api_key !== undefined && { [secret.name]: input.api_key }),
  })
  assertFields(connector, input, read)
  const pasted = (secret && read.values[secret.name]) ?? ''
  const { grant } = connector.auth
  if (!grant) return { accessToken: pasted, refreshToken: null, secondsLeft: null, fields: read.values }
  // The access token is derived when it is needed: here when the provider is asked, or with the first use.
  const fields = { ...read.values, scope: input.scopes?.join(' ') ?? '' }
  return { accessToken: '', refreshToken: pasted, secondsLeft: 0, fields }
}

function assertFields(
  connector: Connector,
  { fields = {} }: ImportInput,
  { problems }: ReturnType<typeof readFields>,
): void {
  const asked = fieldsAsked(connector).map(({ name }) => name)
  const stranger = Object.keys(fields).find((name) => !asked.includes(name))
  if (stranger !== undefined) {
    const known = asked.length > 0 ? `; this connector asks for ${asked.join(', ')}` : ''
    throw refusedField(
      `fields.${stranger}`,
      'is no field of this connector',
      `There is no ${stranger}${known}.`,
    )
  }
  const [wrong] = Object.entries(problems)
  if (wrong) {
    const [name, problem] = wrong
    throw refusedField(
      `fields.${name}`,
      problem === 'missing' ? 'is required' : `does not fit: ${problem}`,
      `${connector.name} needs ${name}.`,
    )
  }
}

function givenTokens(connector: Connector, input: ImportInput): Given {
  const { name } = connector
  if (input.api_key !== undefined)
    throw refusedField(
      'api_key',
      'is not taken by this connector',
      `${name} takes OAuth tokens, not an API key.`,
    )
  if (!input.tokens) throw refusedField('tokens', 'is required', `${name} takes OAuth tokens: send tokens.`)
  if (input.validate === 'probe' && connector.auth.identity.url === null) {
    throw refusedField(
      'connector',
      'cannot be imported',
      `${name} says whose a token is only while a person consents. The user must connect through a connect session.`,
    )
  }
  const read = readFields(connector, input.fields ?? {})
  assertFields(connector, input, read)
  const { access_token, refresh_token, expires_in_seconds, expires_at } = input.tokens
  const secondsLeft =
    expires_at === undefined ? (expires_in_seconds ?? null) : (Date.parse(expires_at) - Date.now()) / 1000
  if (secondsLeft !== null && secondsLeft <= 0 && refresh_token === undefined) {
    throw refusedField(
      'tokens',
      'are over',
      'The access token has run out, and there is no refresh token to renew it with. The user must connect through a connect session.',
    )
  }
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    secondsLeft,
    ...(fieldsAsked(connector).length > 0 && { fields: read.values }),
  }
}
