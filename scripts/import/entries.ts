// How an entry of each format says what the API's body says.
import { z } from 'zod'

/** What the operator says for all entries. */
export type Told = {
  org: string
  /** The organization's id in the file, where it has another there. */
  fromOrg: string
  connector: string | undefined
  authConfig: string | undefined
  scopes: readonly string[] | undefined
  agents: readonly string[] | undefined
  /** The connector that a key of the other system means. */
  connectorOf: (key: string) => string | undefined
  usersFrom: 'end_user' | 'connection_id'
  validate: 'probe' | 'skip'
}

/** A body for the API, not yet parsed; or why there is none: `skipped` is for somebody else, `failed` is not. */
export type Entry = { body: Record<string, unknown> } | { outcome: 'skipped' | 'failed'; code: string }

export const csvColumns = [
  'user_id',
  'user_email',
  'user_name',
  'connector',
  'auth_config_id',
  'access_token',
  'refresh_token',
  'expires_at',
  'scopes',
  'agents',
  'purpose',
  'external_reference',
] as const
export const csvRequired = ['user_id', 'access_token'] as const

const words = (text: string | undefined) => text?.split(/[\s,;]+/).filter(Boolean)

/** RFC 3339, or seconds or milliseconds since 1970; anything else is left for the schema to refuse. */
function instant(text: string): string {
  const at = /^\d{9,10}$/.test(text)
    ? Number(text) * 1000
    : /^\d{12,13}$/.test(text)
      ? Number(text)
      : Date.parse(text)
  return Number.isNaN(at) ? text : new Date(at).toISOString()
}

const defined = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''))

const userOf = (email: string | undefined, name: string | undefined) => {
  const user = defined({ email, name })
  return Object.keys(user).length > 0 ? user : undefined
}

const common = (told: Told) => ({
  org_id: told.org,
  connector: told.connector,
  auth_config_id: told.authConfig,
  scopes: told.scopes,
  agents: told.agents,
  validate: told.validate,
})

export function fromCsv(told: Told, row: Partial<Record<(typeof csvColumns)[number], string>>): Entry {
  const { user_email, user_name, access_token, refresh_token, expires_at, scopes, agents, ...rest } = row
  return {
    body: defined({
      ...common(told),
      ...defined(rest),
      ...defined({ user: userOf(user_email, user_name) }),
      ...(scopes && { scopes: words(scopes) }),
      ...(agents && { agents: words(agents) }),
      tokens: defined({ access_token, refresh_token, expires_at: expires_at && instant(expires_at) }),
    }),
  }
}

/** The API's body as it is. */
export function fromApiBody(told: Told, value: unknown): Entry {
  const body = z.record(z.string(), z.unknown()).safeParse(value)
  if (!body.success) return { outcome: 'failed', code: 'not_an_object' }
  const { org_id, ...rest } = body.data
  if (org_id !== undefined && org_id !== told.fromOrg)
    return { outcome: 'skipped', code: 'other_organization' }
  return { body: { ...defined(common(told)), ...rest, org_id: told.org } }
}

const text = z.string().nullish()
/** A connection with its credentials, as Nango's `GET /connections/{connectionId}` answers it. */
const nangoConnection = z.object({
  connection_id: z.string(),
  provider_config_key: z.string(),
  provider: text,
  credentials: z.object({
    type: z.string(),
    access_token: text,
    refresh_token: text,
    expires_at: text,
    raw: z.record(z.string(), z.unknown()).nullish(),
  }),
  end_user: z
    .object({
      id: z.string(),
      email: text,
      display_name: text,
      organization: z.object({ id: z.string() }).nullish(),
    })
    .nullish(),
  tags: z.record(z.string(), z.unknown()).nullish(),
})

export function fromNango(told: Told, value: unknown): Entry {
  const parsed = nangoConnection.safeParse(value)
  if (!parsed.success) return { outcome: 'failed', code: 'not_a_connection' }
  const { connection_id, provider_config_key, provider, credentials, end_user, tags } = parsed.data
  const tag = (name: string) => (typeof tags?.[name] === 'string' ? tags[name] : undefined)
  const org = end_user?.organization?.id ?? tag('organization_id')
  if (org !== undefined && org !== told.fromOrg) return { outcome: 'skipped', code: 'other_organization' }
  const connector = told.connectorOf(provider_config_key) ?? told.connectorOf(provider ?? '')
  if (told.connector !== undefined && connector !== told.connector)
    return { outcome: 'skipped', code: 'other_connector' }
  if (connector === undefined) return { outcome: 'failed', code: 'unmapped_provider_config_key' }
  if (credentials.type !== 'OAUTH2') return { outcome: 'failed', code: 'unsupported_credentials' }
  const user = told.usersFrom === 'connection_id' ? connection_id : (end_user?.id ?? tag('end_user_id'))
  if (user === undefined) return { outcome: 'failed', code: 'no_end_user' }
  const granted = credentials.raw?.scope
  return {
    body: defined({
      ...common(told),
      connector,
      user_id: user,
      user: userOf(end_user?.email ?? tag('end_user_email'), end_user?.display_name ?? undefined),
      tokens: defined({
        access_token: credentials.access_token ?? undefined,
        refresh_token: credentials.refresh_token ?? undefined,
        expires_at: credentials.expires_at ? instant(credentials.expires_at) : undefined,
      }),
      ...(typeof granted === 'string' && { scopes: words(granted) }),
      external_reference: `nango:${connection_id}`.slice(0, 200),
    }),
  }
}
