import {
  type FormConnector,
  type FormField,
  fieldsAsked,
  kindFacts,
  type ProviderAccount,
  type TokenSet,
} from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import type { AuthConfig } from './auth-configs.ts'
import { addressedBy } from './endpoints.ts'
import { deriveToken } from './form-grant.ts'
import { askIdentity, type IdentityAnswer } from './identity.ts'
import type { TokenAnswer } from './token-endpoint.ts'

/** Why a pasted credential was not kept, as a person can act on it. */
export type FormRefusal =
  | 'credentials_rejected'
  | 'wrong_address'
  | 'permission_missing'
  | 'provider_busy'
  | 'provider_unavailable'

export type Tested =
  | { kind: 'proved'; tokens: TokenSet; account: ProviderAccount }
  | { kind: 'refused'; why: FormRefusal; internal: string }

const deadlineMs = 10_000

/** The secret that a credential is recognised by: the first that the form asks for. */
const firstSecret = (connector: FormConnector, fields: Readonly<Record<string, string>>): string => {
  const field = connector.auth.fields.find(({ kind }) => kindFacts[kind].secret)
  return (field && fields[field.name]) ?? ''
}

/**
 * Tries at the provider what a person pasted, before any of it is kept.
 * @param fields as `readFields` gave them, with `scope` where a grant asks for what was agreed to
 */
export async function testCredentials(
  egress: Egress,
  connector: FormConnector,
  auth: AuthConfig,
  fields: Readonly<Record<string, string>>,
): Promise<Tested> {
  const at = addressedBy(auth, connector, fields)
  const secret = firstSecret(connector, fields)
  const { grant } = connector.auth
  let tokens: TokenSet = {
    accessToken: secret,
    refreshToken: null,
    expiresInSeconds: null,
    scopes: null,
    fields,
  }
  if (grant) {
    const answer = await deriveToken(egress, connector, at, grant, fields, deadlineMs)
    if (answer.kind !== 'tokens') return refusedGrant(connector, answer)
    const { accessToken, expiresInSeconds, scopes } = answer.tokens
    tokens = { accessToken, refreshToken: secret, expiresInSeconds, scopes, fields }
  }
  const answer = await askIdentity(egress, connector, at, tokens, null)
  return answer.kind === 'account'
    ? { kind: 'proved', tokens, account: answer.account }
    : { kind: 'refused', why: whyOf(connector, answer.kind), internal: `identity: ${answer.kind}` }
}

const givesAddress = (connector: FormConnector): boolean =>
  fieldsAsked(connector).some(({ kind }: FormField) => kind === 'subdomain')

function whyOf(connector: FormConnector, kind: Exclude<IdentityAnswer['kind'], 'account'>): FormRefusal {
  switch (kind) {
    case 'refused':
      return 'credentials_rejected'
    case 'forbidden':
      return 'permission_missing'
    case 'busy':
      return 'provider_busy'
    case 'absent':
      return givesAddress(connector) ? 'wrong_address' : 'provider_unavailable'
    case 'silent':
      return 'provider_unavailable'
  }
}

function refusedGrant(connector: FormConnector, answer: Exclude<TokenAnswer, { kind: 'tokens' }>): Tested {
  const internal = `token endpoint: ${answer.kind} ${answer.errorCode}`
  const refused = (why: FormRefusal): Tested => ({ kind: 'refused', why, internal })
  switch (answer.kind) {
    case 'dead':
    case 'expired_refresh':
    case 'ambiguous':
    case 'expired':
    case 'config':
    case 'invalid':
      return refused('credentials_rejected')
    case 'permission':
    case 'interaction':
      return refused('permission_missing')
    case 'rate_limited':
      return refused('provider_busy')
    case 'not_found':
      return refused(givesAddress(connector) ? 'wrong_address' : 'provider_unavailable')
    default:
      return refused('provider_unavailable')
  }
}
