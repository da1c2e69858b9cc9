import type { ErrorRules } from './classify.ts'
import { type FormField, kindFacts } from './form-field.ts'
import { type ProviderAccount, standardTokenErrors } from './oauth2.ts'

/** What the provider takes with each call. There is no way to put a secret into an address: those are logged. */
export type Place =
  /** A header, as in `Bearer {api_key}`; `{access_token}` is what a grant derived. */
  | { header: string; value: string }
  /** `Authorization: Basic` (RFC 7617), each side a template such as `{email}/token`. */
  | { basic: { user: string; password: string } }

/** How an access token is derived from what was pasted; without a grant the API takes what was pasted. */
export type FormGrant =
  /** RFC 6749 §4.4, with the client of the person's own. */
  | {
      type: 'client_credentials'
      tokenUrl: string
      clientAuth: 'client_secret_basic' | 'client_secret_post'
      /** Names of the two fields. */
      client: { id: string; secret: string }
      /** Sent as `scope` beside what was agreed to; `null` where this provider takes none. */
      scope: string | null
    }
  /** RFC 7523 §2.1: an assertion signed with the private key of a service account. */
  | {
      type: 'jwt_bearer'
      tokenUrl: string
      /** `aud` of the assertion, where it is not the token endpoint. */
      audience: string | null
      /** Name of the field with the key file. */
      account: string
      /** Name of the field that says for whom the account acts (`sub`); `null` where it acts for itself. */
      subject: string | null
      scope: string | null
    }

/** A provider that takes a credential of the person's own instead of OAuth. */
export type CredentialForm = {
  kind: 'form'
  fields: readonly FormField[]
  place: Place
  grant: FormGrant | null
  /** Proves the credential before it is kept, and names the account. */
  identity: {
    url: string
    method: 'GET' | 'POST'
    headers?: Readonly<Record<string, string>>
    json?: unknown
    parse: (body: unknown) => ProviderAccount
  }
  /** Ends the person's credential at the provider: asked only when they end the account, and no other rests on it. */
  revoke: {
    url: string
    method: 'POST' | 'DELETE'
    endsWiderGrant: true
    confirms: (status: number, body: unknown) => boolean
  } | null
  /** None: what such a credential may do was decided where it was made. */
  baseScopes: readonly string[]
  /** How a refusal at the token endpoint of the grant is read; `standardTokenErrors` follow. */
  tokenErrors: ErrorRules
  /** How long before its end a derived access token is derived anew, in seconds. */
  refreshBufferSeconds: number
  /** Clamp of what the provider says about lifetimes, in seconds. */
  accessTtlSecondsMax: number
  /** Lifetime of a derived access token where the answer does not say, in seconds. */
  accessTtlSeconds: number
  /** Our own cap on derivations, over all accounts. */
  refreshesPerSecondMax: number
}

type FormFacts = Pick<CredentialForm, 'fields' | 'place' | 'identity'> &
  Partial<Omit<CredentialForm, 'kind' | 'baseScopes'>>

const placeholders = (template: string): string[] =>
  [...template.matchAll(/\{([a-z][a-z0-9_]*)\}/g)].map((found) => found[1] ?? '')

const templatesOf = (place: Place): string[] =>
  'basic' in place ? [place.basic.user, place.basic.password] : [place.value]

/**
 * A credential form with what it leaves unsaid filled in.
 * @throws Error at load for a field named twice, a template that names no field, or a header that frames the message
 */
export function credentialForm(facts: FormFacts): CredentialForm {
  const form: CredentialForm = {
    kind: 'form',
    grant: null,
    revoke: null,
    baseScopes: [],
    tokenErrors: [],
    refreshBufferSeconds: 60,
    accessTtlSecondsMax: 86_400,
    accessTtlSeconds: 3600,
    refreshesPerSecondMax: 20,
    ...facts,
  }
  const names = form.fields.map(({ name }) => name)
  if (new Set(names).size !== names.length) throw new Error('a field of the form is named twice')
  if (!form.fields.some(({ kind }) => kindFacts[kind].secret)) throw new Error('the form asks for no secret')
  const known = new Set([...names, ...(form.grant ? ['access_token'] : [])])
  const { grant } = form
  const needed = [
    ...templatesOf(form.place).flatMap(placeholders),
    ...(grant?.type === 'client_credentials' ? [grant.client.id, grant.client.secret] : []),
    ...(grant?.type === 'jwt_bearer'
      ? [grant.account, ...(grant.subject === null ? [] : [grant.subject])]
      : []),
  ]
  for (const name of needed) if (!known.has(name)) throw new Error(`the form has no field ${name}`)
  if (
    'header' in form.place &&
    !/^(authorization|x-[a-z0-9-]+|[a-z0-9-]+-(key|token))$/i.test(form.place.header)
  )
    throw new Error(`${form.place.header} is no header for a credential`)
  return form
}

/** How a refusal of the grant's token endpoint is read. */
export const formTokenErrors = (form: CredentialForm): ErrorRules => [
  ...form.tokenErrors,
  // There is no client of ours here: what is refused is what the person pasted.
  { codes: ['invalid_client', 'invalid_grant', 'unauthorized_client'], is: 'dead' },
  { codes: ['invalid_scope'], is: 'permission' },
  ...standardTokenErrors,
]
