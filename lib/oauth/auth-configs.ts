import { config } from '#lib/config'
import { deployment, forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { sealLed, withOpenedLed } from '#lib/vault'

export type Row = Awaited<ReturnType<Tx['auth_configs']['findFirstOrThrow']>>

/** Our OAuth client at a provider; the secret stays sealed until `withClientSecret` lends it. */
export type AuthConfig = {
  orgId: string
  id: string
  connector: string
  clientId: string
  baseUrls: Readonly<Record<string, string>>
  /** The parts of the provider's address that a person gave (`addressedBy`); none until they did. */
  inputs: Readonly<Record<string, string>>
  redirectUri: string
  sealedSecret: Uint8Array | null
  /** What proves a notice of the provider's; `null` where none was set. */
  sealedEventSecret: Uint8Array | null
}

/** Each auth config has a redirect URI of its own, so that one server's answer cannot be fed to another's exchange. */
export const redirectUriOf = (id: string): string =>
  `${config().publicUrl}/connect/callback/${publicId('auth_config', id)}`

const model = (row: Row): AuthConfig => ({
  orgId: row.org_id,
  id: row.id,
  connector: row.connector,
  clientId: row.client_id,
  baseUrls: row.base_urls as Record<string, string>,
  inputs: {},
  redirectUri: redirectUriOf(row.id),
  sealedSecret: row.sealed_client_secret,
  sealedEventSecret: row.sealed_event_secret,
})

type Kind = 'client_secret' | 'event_secret'
const binding = (kind: Kind, id: string) => ({ purpose: kind, parts: [id] })

/** As it is kept in the row of the auth config. */
export const sealSecret = (tenant: Tenant, kind: Kind, id: string, secret: string) =>
  sealLed(tenant, binding(kind, id), secret)

function withSecret<T>(
  tenant: Tenant,
  auth: AuthConfig,
  kind: Kind,
  bytes: Uint8Array | null,
  use: (secret: string) => Promise<T>,
): Promise<T> {
  const owner = auth.orgId === deploymentOrgId ? deployment : tenant
  if (!bytes) throw new AppError('unavailable', {}, { internal: `auth config ${auth.id} has no ${kind}` })
  return withOpenedLed(owner, binding(kind, auth.id), bytes, (plain) => use(plain.toString()))
}

/** Lends the client secret to `use`. */
export const withClientSecret = <T>(
  tenant: Tenant,
  auth: AuthConfig,
  use: (secret: string) => Promise<T>,
): Promise<T> => withSecret(tenant, auth, 'client_secret', auth.sealedSecret, use)

/** Lends the secret that the provider's notices are signed with to `use`. */
export const withEventSecret = <T>(
  tenant: Tenant,
  auth: AuthConfig,
  use: (secret: string) => Promise<T>,
): Promise<T> => withSecret(tenant, auth, 'event_secret', auth.sealedEventSecret, use)

/** Lends the secrets that we and the provider share, to recognise them in what it says. */
export function withSharedSecrets<T>(
  tenant: Tenant,
  auth: AuthConfig,
  use: (secrets: readonly string[]) => Promise<T>,
): Promise<T> {
  const lend = (kind: Kind, bytes: Uint8Array | null, then: (found: readonly string[]) => Promise<T>) =>
    bytes === null ? then([]) : withSecret(tenant, auth, kind, bytes, (secret) => then([secret]))
  return lend('client_secret', auth.sealedSecret, (client) =>
    lend('event_secret', auth.sealedEventSecret, (event) => use([...client, ...event])),
  )
}

/** The connectors that this org can connect: those with a client of its own or of the deployment. */
export async function configuredConnectorsIn(tx: Tx): Promise<Set<string>> {
  // Row-level security shows the org's own rows and the deployment's.
  const rows = await tx.auth_configs.findMany({ where: { disabled_at: null }, select: { connector: true } })
  return new Set(rows.map((row) => row.connector))
}

/** The connectors that every org can connect, as the deployment has a client for them. */
export async function sharedConnectorsIn(tx: Tx): Promise<Set<string>> {
  const where = { org_id: deploymentOrgId, disabled_at: null }
  const rows = await tx.auth_configs.findMany({ where, select: { connector: true } })
  return new Set(rows.map((row) => row.connector))
}

/**
 * The client to connect with: the one that is named, or else the org's own before the deployment's. `null` where an
 * operator set up none, or the named one is not for this org and connector, or is disabled.
 */
export async function findAuthConfigIn(
  tx: Tx,
  tenant: Tenant,
  connector: string,
  id?: string,
): Promise<AuthConfig | null> {
  const rows = await tx.auth_configs.findMany({
    where: { connector, disabled_at: null, ...(id !== undefined && { id }) },
    orderBy: { id: 'desc' },
  })
  const row = rows.find((candidate) => candidate.org_id === tenant.orgId) ?? rows[0]
  return row ? model(row) : null
}

/** A client read along with other facts of a call; `authConfigFact.select` is JSON of its row `x`. */
export const authConfigFact = {
  select: `json_build_object('org_id', x.org_id, 'id', x.id, 'connector', x.connector, 'client_id', x.client_id,
    'base_urls', x.base_urls, 'client_secret', encode(x.sealed_client_secret, 'base64'),
    'event_secret', encode(x.sealed_event_secret, 'base64'))`,
  parse: (row: AuthConfigFactRow): AuthConfig => ({
    orgId: row.org_id,
    id: row.id,
    connector: row.connector,
    clientId: row.client_id,
    baseUrls: row.base_urls,
    inputs: {},
    redirectUri: redirectUriOf(row.id),
    sealedSecret: row.client_secret === null ? null : Buffer.from(row.client_secret, 'base64'),
    sealedEventSecret: row.event_secret === null ? null : Buffer.from(row.event_secret, 'base64'),
  }),
}

export type AuthConfigFactRow = {
  org_id: string
  id: string
  connector: string
  client_id: string
  base_urls: Record<string, string>
  client_secret: string | null
  event_secret: string | null
}

/** The client that a connection was made with, even if it is disabled by now. */
export async function authConfigOf(tenant: Tenant, ref: { orgId: string; id: string }): Promise<AuthConfig> {
  const at = { org_id_id: { org_id: ref.orgId, id: ref.id } }
  const row = await forOrg(tenant, (tx) => tx.auth_configs.findUnique({ where: at }))
  if (!row) throw new AppError('unavailable', {}, { internal: `auth config ${ref.id} is gone` })
  return model(row)
}
