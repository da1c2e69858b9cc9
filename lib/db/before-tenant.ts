import { deploymentOrgId, type IdKind } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { hotPool, pool, withRetry } from './client.ts'
import { readTogether, sharedRead } from './shared-read.ts'

/**
 * The written list of reads before a tenant is known. Each calls one SECURITY DEFINER function of migration 0002
 * that answers with the ids of one row; tenant data is read only after, through `forOrg`. The tenants that they
 * find are proofs that the row exists, not that the caller may reach it: that is for identity and tenancy to say.
 */
async function one<Row>(sql: string, values: readonly unknown[]): Promise<Row | null> {
  const result = await withRetry(() => pool().query(sql, [...values]))
  return (result.rows[0] as Row | undefined) ?? null
}

/** External ids never change, and are asked for on every call of a key that one org restricts. */
const names = new Map<string, string>([[deploymentOrgId, '#deployment']])
const namesMax = 10_000

async function tenantOf(orgId: string): Promise<Tenant | null> {
  let externalId = names.get(orgId) ?? null
  if (externalId === null) {
    externalId =
      (await one<{ name: string | null }>('SELECT lookup_org_name($1) AS name', [orgId]))?.name ?? null
    if (externalId === null) return null
    if (names.size >= namesMax) names.clear()
    names.set(orgId, externalId)
  }
  return { orgId, externalId } as Tenant
}

/** The deployment as a tenant: its operators, keys, auth configs and chain. */
export const deployment: Tenant = { orgId: deploymentOrgId, externalId: '#deployment' } as Tenant

export type ApiKeyRow = { tenant: Tenant; id: string; roles: string[]; expired: boolean; revoked: boolean }

/** The key whose digest this is, whatever its state. */
export const lookupApiKey = (digest: Uint8Array): Promise<ApiKeyRow | null> =>
  apiKeys(Buffer.from(digest).toString('hex'))

// One product backend makes many calls at once with one key.
const apiKeys = sharedRead(async (digest): Promise<ApiKeyRow | null> => {
  type Row = { org_id: string; id: string; roles: string[]; expired: boolean; revoked: boolean }
  const query = { ...apiKeyByDigest, values: [Buffer.from(digest, 'hex')] }
  const [row] = (await withRetry(() => hotPool().query<Row>(query))).rows
  const tenant = row && (await tenantOf(row.org_id))
  return tenant ? { ...row, tenant } : null
})

const apiKeyByDigest = {
  name: 'lookup_api_key',
  text: `SELECT org_id, id, roles, coalesce(expires_at <= now(), false) AS expired, revoked_at IS NOT NULL AS revoked
    FROM lookup_api_key($1)`,
}

/** How a connect session is opened: by its token, by its hosted link, or by the handle of the tab that holds it. */
export type SessionVia = 'token' | 'link' | 'handle'

/** The session that a token, a hosted link or a tab's handle opens. */
export async function lookupConnectSession(
  digest: Uint8Array,
): Promise<{ tenant: Tenant; id: string; via: SessionVia } | null> {
  const row = await one<{ org_id: string; id: string; via: SessionVia }>(
    'SELECT * FROM lookup_connect_session($1)',
    [Buffer.from(digest)],
  )
  const tenant = row && (await tenantOf(row.org_id))
  return tenant ? { tenant, id: row.id, via: row.via } : null
}

/** The sign-in link whose digest this is, whatever its state. */
export async function lookupSignInLink(
  digest: Uint8Array,
): Promise<{ tenant: Tenant; id: string; memberId: string } | null> {
  const row = await one<{ org_id: string; id: string; member_id: string }>(
    'SELECT * FROM lookup_sign_in_link($1)',
    [Buffer.from(digest)],
  )
  const tenant = row && (await tenantOf(row.org_id))
  return tenant ? { tenant, id: row.id, memberId: row.member_id } : null
}

/** A sign-in at the authorization server, by what the product is sent or by what it answered with. */
export async function lookupSignIn(digest: Uint8Array): Promise<{ tenant: Tenant; id: string } | null> {
  const row = await one<{ org_id: string; id: string }>('SELECT * FROM lookup_sign_in($1)', [
    Buffer.from(digest),
  ])
  const tenant = row && (await tenantOf(row.org_id))
  return tenant ? { tenant, id: row.id } : null
}

/** The SCIM token whose digest this is; `over` for one that was revoked or has expired. */
export async function lookupScimToken(
  digest: Uint8Array,
): Promise<{ tenant: Tenant; id: string; over: boolean } | null> {
  const row = await one<{ org_id: string; id: string; over: boolean }>(
    'SELECT * FROM lookup_scim_token($1)',
    [Buffer.from(digest)],
  )
  const tenant = row && (await tenantOf(row.org_id))
  return tenant ? { tenant, id: row.id, over: row.over } : null
}

/** The end users of all orgs who have this address, newest first; who nobody has proven it to learns nothing of it. */
export async function lookupPeople(address: string): Promise<{ orgId: string; userId: string }[]> {
  const { rows } = await withRetry(() =>
    pool().query<{ org_id: string; id: string }>('SELECT * FROM lookup_people($1)', [address]),
  )
  return rows.map(({ org_id, id }) => ({ orgId: org_id, userId: id }))
}

/** The members of the console, of whichever orgs, who have this address; who asks learns nothing of it. */
export async function lookupMembers(address: string): Promise<{ tenant: Tenant; memberId: string }[]> {
  const { rows } = await withRetry(() =>
    pool().query<{ org_id: string; id: string }>('SELECT * FROM lookup_members($1)', [address]),
  )
  const found = await Promise.all(
    rows.map(async ({ org_id, id }) => ({ tenant: await tenantOf(org_id), memberId: id })),
  )
  return found.flatMap(({ tenant, memberId }) => (tenant ? { tenant, memberId } : []))
}

/** The org that the caller knows as `externalId`. */
export async function lookupOrg(externalId: string): Promise<Tenant | null> {
  const found = await one<{ id: string | null }>('SELECT lookup_org($1) AS id', [externalId])
  return found?.id ? ({ orgId: found.id, externalId } as Tenant) : null
}

/** The org whose live domain this is, as the URL parser spells it. */
export async function lookupDomain(hostname: string): Promise<Tenant | null> {
  const found = await one<{ org: string | null }>('SELECT lookup_domain($1) AS org', [hostname])
  return found?.org ? tenantOf(found.org) : null
}

/** The org whose sign-in the domain of an address leads to, as the URL parser spells it. */
export async function lookupSsoDomain(domain: string): Promise<Tenant | null> {
  const found = await one<{ org: string | null }>('SELECT lookup_sso_domain($1) AS org', [domain])
  return found?.org ? tenantOf(found.org) : null
}

/** Kinds that have a lookup of their own, because they came later. */
const ownLookups: Partial<Record<IdKind, string>> = {
  connection: 'SELECT lookup_connection($1) AS org',
  policy_version: 'SELECT lookup_policy_object($1) AS org',
  policy_case: 'SELECT lookup_policy_object($1) AS org',
  stop: 'SELECT lookup_stop($1) AS org',
  limit: 'SELECT lookup_limit($1) AS org',
  approval: 'SELECT lookup_approval($1) AS org',
  audit_stream: 'SELECT lookup_audit_stream($1) AS org',
  agent_credential: 'SELECT lookup_agent_object($1) AS org',
  agent_toolset: 'SELECT lookup_agent_object($1) AS org',
  agent_grant: 'SELECT lookup_agent_object($1) AS org',
  sso_connection: 'SELECT lookup_sso_connection($1) AS org',
}

/** The org to which a globally unique id belongs, for callers that no org restricts. */
export async function lookupObject(kind: IdKind, id: string): Promise<Tenant | null> {
  const own = ownLookups[kind]
  const found = own ? await one<{ org: string | null }>(own, [id]) : await orgOfObject(kind, id)
  return found?.org ? tenantOf(found.org) : null
}

const orgsOfAccounts = new Map<string, Tenant>()
const orgsOfAccountsMax = 20_000

/**
 * The org of a connected account, which never changes: it is asked for once. What is remembered says nothing of whether the
 * account, or the org, is still there: that is for whoever reads them to see.
 */
export async function lookupAccount(id: string): Promise<Tenant | null> {
  const known = orgsOfAccounts.get(id)
  if (known) return known
  const found = await lookupObject('connected_account', id)
  if (!found) return null
  if (orgsOfAccounts.size >= orgsOfAccountsMax) orgsOfAccounts.clear()
  orgsOfAccounts.set(id, found)
  return found
}

/** Asked on every call of such a caller, and never remembered: an org may have been deleted since. */
const orgOfObject = (kind: IdKind, id: string) => orgsOfObjects({ kind, id })

// Calls that come together are looked up together.
const orgsOfObjects = readTogether(async (asked: readonly { kind: IdKind; id: string }[]) => {
  type Row = { org: string | null }
  const values = [asked.map(({ kind }) => kind), asked.map(({ id }) => id)]
  return (await withRetry(() => hotPool().query<Row>({ ...objectsById, values }))).rows
})

const objectsById = {
  name: 'lookup_objects',
  text: `SELECT lookup_object(q.kind, q.id) AS org FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS q (kind, id, n)
    ORDER BY q.n`,
}

/** The org that a job was queued for; `null` when it is gone by now. */
export const lookupTenant = (orgId: string): Promise<Tenant | null> => tenantOf(orgId)

/** All orgs but the deployment, newest first, `most` at a time from before the internal id `before`. */
export async function listTenants(before: string | null, most: number): Promise<Tenant[]> {
  const result = await withRetry(() => pool().query('SELECT list_orgs($1, $2) AS id', [before, most]))
  const found = await Promise.all(result.rows.map((row: { id: string }) => tenantOf(row.id)))
  return found.filter((tenant) => tenant !== null)
}

/** Deleted orgs whose keys are not destroyed yet. */
export async function listOrgsBeingDeleted(): Promise<Tenant[]> {
  const { rows } = await withRetry(() => pool().query<{ id: string }>('SELECT orgs_being_deleted() AS id'))
  const found = await Promise.all(rows.map(({ id }) => tenantOf(id)))
  return found.filter((tenant) => tenant !== null)
}

/** Whether a live account other than `but`, of whichever org, rests on the same grant at the provider. */
export async function sharesGrant(
  auth: { orgId: string; id: string },
  providerAccountId: string,
  but: string,
): Promise<boolean> {
  const found = await one<{ shared: boolean }>('SELECT shares_grant($1, $2, $3, $4) AS shared', [
    auth.orgId,
    auth.id,
    providerAccountId,
    but,
  ])
  return found?.shared ?? true
}

type AuthRef = { orgId: string; id: string }
type AccountRow = { org_id: string; account_id: string }
type AccountOfOrg = { orgId: string; accountId: string }

const accounts = async (sql: string, values: readonly unknown[]): Promise<AccountOfOrg[]> => {
  const { rows } = await withRetry(() => pool().query<AccountRow>(sql, [...values]))
  return rows.map(({ org_id, account_id }) => ({ orgId: org_id, accountId: account_id }))
}

/** The accounts of an auth config, of whichever org, whose credential was found dead for one reason within `seconds`. */
export const deadSince = (auth: AuthRef, reason: string, seconds: number): Promise<AccountOfOrg[]> =>
  accounts('SELECT * FROM dead_since($1, $2, $3, $4)', [auth.orgId, auth.id, reason, seconds])

/** The accounts, of whichever org, that rest on one account at the provider, or on one of a workspace of its. */
export const accountsAtProvider = (
  auth: AuthRef,
  providerAccount: string,
  workspace: boolean,
): Promise<AccountOfOrg[]> =>
  accounts(`SELECT * FROM ${workspace ? 'accounts_in_workspace' : 'accounts_at_provider'}($1, $2, $3)`, [
    auth.orgId,
    auth.id,
    providerAccount,
  ])

/** The auth configs that have refreshes due. */
export async function dueAuthConfigs(): Promise<AuthRef[]> {
  const { rows } = await withRetry(() =>
    pool().query<{ auth_config_org_id: string; auth_config_id: string }>('SELECT * FROM due_auth_configs()'),
  )
  return rows.map((row) => ({ orgId: row.auth_config_org_id, id: row.auth_config_id }))
}

/** Claims up to `most` accounts of an auth config whose refresh is due; no other process gets them for `seconds`. */
export const claimDueRefreshes = (auth: AuthRef, most: number, seconds: number): Promise<AccountOfOrg[]> =>
  accounts('SELECT * FROM claim_due_refreshes($1, $2, $3, $4)', [auth.orgId, auth.id, most, seconds])

/** How many accounts of an auth config, of whichever org, are held because too many are refused alike. */
export const heldAccounts = async (auth: AuthRef): Promise<number> =>
  (await one<{ held: number }>('SELECT held_accounts($1, $2) AS held', [auth.orgId, auth.id]))?.held ?? 0

/**
 * The reports of a revocation over every org, newest first, `most` at a time from before the internal id `before`.
 * Those of orgs that are gone are left out.
 */
export async function revocationsOfBatch(
  batchId: string,
  before: string | null,
  most: number,
): Promise<{ tenant: Tenant | null; id: string }[]> {
  const { rows } = await withRetry(() =>
    pool().query<{ org_id: string; id: string }>('SELECT * FROM revocations_of_batch($1, $2, $3)', [
      batchId,
      before,
      most,
    ]),
  )
  return Promise.all(rows.map(async ({ org_id, id }) => ({ tenant: await tenantOf(org_id), id })))
}

/** The chains whose head has moved since it was signed, or whose signed head some place lacks; `most` at a time. */
export async function chainsToSign(olderSeconds: number, most: number): Promise<Tenant[]> {
  const { rows } = await withRetry(() =>
    pool().query<{ id: string }>('SELECT chains_to_sign($1, $2) AS id', [olderSeconds, most]),
  )
  const found = await Promise.all(rows.map(({ id }) => tenantOf(id)))
  return found.filter((tenant) => tenant !== null)
}

/** The streams of the audit that lack events of an org, `most` at a time. */
export async function streamsBehind(
  most: number,
): Promise<{ stream: { tenant: Tenant; id: string }; tenant: Tenant }[]> {
  const { rows } = await withRetry(() =>
    pool().query<{ stream_org_id: string; stream_id: string; org_id: string }>(
      'SELECT * FROM streams_behind($1)',
      [most],
    ),
  )
  const found = await Promise.all(
    rows.map(async (row) => {
      const [owner, tenant] = await Promise.all([tenantOf(row.stream_org_id), tenantOf(row.org_id)])
      return owner && tenant && { stream: { tenant: owner, id: row.stream_id }, tenant }
    }),
  )
  return found.filter((one) => one !== null)
}

/** The partitions of the audit's coming months. @param ahead how many months beyond this one */
export const makeAuditPartitions = async (ahead: number): Promise<number> =>
  (await one<{ made: number }>('SELECT audit_make_partitions($1) AS made', [ahead]))?.made ?? 0

/** Drops the partitions of past months that retention has emptied. @returns their names */
export async function dropAuditPartitions(): Promise<string[]> {
  const { rows } = await pool().query<{ name: string }>('SELECT audit_drop_partitions() AS name')
  return rows.map(({ name }) => name)
}

/** How many calls, of whichever org, run that a stop of the deployment holds for; those nobody settles any more aside. */
export const runningEverywhere = async (subject: string, id: string, sinceSeconds: number): Promise<number> =>
  (await one<{ n: number }>('SELECT running_everywhere($1, $2, $3) AS n', [subject, id, sinceSeconds]))?.n ??
  0

export type OrgUsage = {
  orgId: string
  /** Up to when its calls are counted; `null` where none are yet. */
  through: Date | null
  succeeded: number
  failed: number
  unsettled: number
  denied: number
  units: number
}

/** What each org used from one moment until another, whole hours of UTC, of what is counted by now. */
export async function usageEverywhere(since: Date, until: Date): Promise<OrgUsage[]> {
  const { rows } = await withRetry(() =>
    pool().query<Record<string, string> & { through: Date | null }>(
      'SELECT * FROM usage_everywhere($1, $2)',
      [since, until],
    ),
  )
  return rows.map(({ org_id = '', through, succeeded, failed, unsettled, denied, units }) => ({
    orgId: org_id,
    through,
    succeeded: Number(succeeded),
    failed: Number(failed),
    unsettled: Number(unsettled),
    denied: Number(denied),
    units: Number(units),
  }))
}

/**
 * Whether an access token was taken back before its time: its grant was revoked, its code or refresh token was replayed.
 * @param digest SHA-256 of its `jti`
 */
export async function accessTokenRevoked(digest: Uint8Array): Promise<boolean> {
  const query = {
    name: 'access_token_revoked',
    text: 'SELECT access_token_revoked($1) AS revoked',
    values: [Buffer.from(digest)],
  }
  const { rows } = await withRetry(() => hotPool().query<{ revoked: boolean }>(query))
  return rows[0]?.revoked ?? true
}

/** Whether the database answers. */
export async function ping(): Promise<void> {
  await one('SELECT 1', [])
}
