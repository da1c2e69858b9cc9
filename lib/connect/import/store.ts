import { appendAudit, type Origin, originFields } from '#lib/audit'
import type { Connector } from '#lib/connector-kit'
import {
  accountForIn,
  activateIn,
  consentHash,
  getAccountIn,
  type ImportedBy,
  importText,
  issueReceiptIn,
  unverifiedProviderAccount,
  upsertUserIn,
  wasImportedIn,
} from '#lib/consent'
import type { ConnectedAccount, ImportInput } from '#lib/consent/schema'
import { forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { emit } from '#lib/events'
import { actorOf, resolveAgentsIn } from '#lib/identity'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { type AuthConfig, grantedScopes, lifetimeSeconds, refreshFacts } from '#lib/oauth'
import type { Caller, Tenant } from '#lib/proof'
import { type Signer, signer } from '#lib/signing'
import { getOrgIn } from '#lib/tenancy'
import {
  dueInSeconds,
  nextGenerationIn,
  putCredentialIn,
  type Sealer,
  sealerOf,
  sealTokens,
} from '#lib/vault'
import type { Deps } from '../context.ts'
import { oweRevocationIn } from '../ending/revoke.ts'
import { confirmedBy } from '../receipts.ts'
import type { Probed } from './probe.ts'

/** Keyed hashes of what was imported and under which terms. */
export type Marks = { token: string; request: string }

export type Import = {
  deps: Deps
  tenant: Tenant
  caller: Caller
  origin: Origin
  input: ImportInput
  connector: Connector
  auth: AuthConfig
  marks: Marks
  probed: Probed
}

const triesMax = 5

/**
 * Writes an import: account, consent evidence, sealed tokens, audit and event, all or nothing. Where the tokens are
 * already renewed there is no way back, so a database that is away is waited for.
 * @throws AppError `unavailable` when it does not come back: its text says what is lost then
 */
export async function storeImport(imported: Import): Promise<ConnectedAccount> {
  const { tenant, probed } = imported
  const triedAt = performance.now()
  for (let tries = 1; ; tries++) {
    try {
      const tools = { seal: await sealerOf(tenant), signs: await signer() }
      const once = () => forOrg(tenant, (tx) => storeIn(tx, imported, tools, triedAt))
      return await once().catch((error: unknown) => {
        // The same account was connected at this moment: now it is there to be found.
        if (isUniqueViolation(error)) return once()
        throw error
      })
    } catch (thrown) {
      if (!probed.rotated) throw thrown
      const error = toAppError(thrown)
      if (error.code !== 'unavailable' || tries === triesMax) throw rotationLost(imported, error)
      await new Promise((wake) => setTimeout(wake, 2 ** tries * 250))
    }
  }
}

function rotationLost({ connector }: Import, error: AppError): AppError {
  log.error({ err: error, connector: connector.id }, 'imported tokens were renewed and could not be kept')
  return new AppError(
    error.code,
    {
      detail:
        `${connector.name} renewed the tokens, and they could not be stored. Those in the request may be spent: the ` +
        'user must connect through a connect session.',
      retryable: false,
    },
    { internal: 'rotation_lost', cause: error },
  )
}

/** What was granted, never more than the connector knows, and who says so. */
function scopesOf({ connector, input, probed }: Import) {
  const known = Object.keys(connector.scopes)
  const given = input.scopes?.filter((scope) => known.includes(scope))
  const granted = grantedScopes(connector, probed.scopes, given ?? (probed.scopes ? known : []))
  const from: 'provider' | 'importer' | 'nobody' = probed.scopes ? 'provider' : given ? 'importer' : 'nobody'
  return { requested: given ?? granted, granted, from }
}

/** What the access token still has, in seconds, `age` of them after it was looked at, and when it is to be renewed. */
function lifeOf({ connector, probed }: Import, age: number) {
  const refreshable = probed.refreshToken !== null
  const { accessTtlSecondsMax } = connector.auth
  const said = probed.secondsLeft === null ? null : Math.min(probed.secondsLeft, accessTtlSecondsMax)
  const ttlSeconds = lifetimeSeconds(connector, said, refreshable)
  const expiresInSeconds = ttlSeconds === null ? null : Math.max(0, ttlSeconds - age)
  // What nobody has verified is not renewed behind anybody's back: it may be another client's.
  const renewed = refreshable && probed.account !== null
  return {
    refreshable,
    ttlSeconds,
    expiresInSeconds,
    dueInSeconds: renewed ? dueInSeconds(refreshFacts(connector), expiresInSeconds, Math.random()) : null,
  }
}

async function storeIn(
  tx: Tx,
  imported: Import,
  { seal, signs }: { seal: Sealer; signs: Signer },
  triedAt: number,
): Promise<ConnectedAccount> {
  const { tenant, caller, origin, input, connector, auth, marks, probed } = imported
  const account = probed.account ?? unverifiedProviderAccount()
  const userId = await upsertUserIn(tx, tenant, input.user_id, input.user)
  const agents = await resolveAgentsIn(tx, tenant, input.agents, caller)
  const scopes = scopesOf(imported)
  const importedAt = new Date()
  const purpose = input.purpose ?? null
  const importedBy = actorOf(caller)
  const text = importText({
    connector,
    organization: (await getOrgIn(tx, tenant)).name,
    agents,
    user: { id: input.user_id, name: input.user?.name ?? null, email: input.user?.email ?? null },
    account: probed.account?.label ?? null,
    importedBy,
    importedAt,
    scopes: scopes.granted,
    scopesFrom: scopes.from,
    purpose,
    externalReference: input.external_reference ?? null,
  })
  const agreed = {
    connector: connector.id,
    auth_config_org_id: auth.orgId,
    auth_config_id: auth.id,
    scopes_requested: scopes.requested,
    scopes_refused: [],
    scopes_granted: scopes.granted,
    consent_text: text,
    consent_hash: consentHash(text),
    consented_by: {
      type: 'import',
      imported_by: importedBy,
      external_reference: input.external_reference ?? null,
      ip: origin.ip,
      user_agent: origin.userAgent,
      ...marks,
    } satisfies ImportedBy,
    consented_at: importedAt,
  }
  const { accountId, previousConnectionId } = await accountForIn(
    tx,
    tenant,
    { user_id: userId, connected_account_id: null },
    agreed,
    account,
  )
  if (await endsEarlier(tx, imported, previousConnectionId)) await oweRevocationIn(tx, tenant, accountId, 0)
  const session = { id: null, user_id: userId, agents, purpose, locale: 'en' }
  const status = probed.account ? 'active' : 'unverified'
  const connectionId = await activateIn(
    tx,
    tenant,
    { session, attempt: agreed, answer: account, accountId, previousConnectionId },
    status,
  )
  await issueReceiptIn(tx, tenant, signs, connector, connectionId, {
    method: 'import',
    by: confirmedBy(caller, input.user_id),
  })
  const ref = { accountId, connectionId, generation: await nextGenerationIn(tx, tenant, accountId) }
  const { accessToken, refreshToken, fields } = probed
  await putCredentialIn(
    tx,
    tenant,
    { ...ref, ...lifeOf(imported, (performance.now() - triedAt) / 1000) },
    sealTokens(seal, ref, { accessToken, refreshToken, ...(fields && { fields }) }),
  )
  await record(tx, imported, { accountId, connectionId, scopes, consentHash: agreed.consent_hash })
  return getAccountIn(tx, tenant, accountId)
}

/**
 * Whether the consent before this one ends at the provider too. One that was imported stays: its tokens may be of the
 * very grant that these are of, and ending it would end these.
 */
async function endsEarlier(
  tx: Tx,
  { tenant, connector }: Import,
  previousConnectionId: string | null,
): Promise<boolean> {
  if (connector.auth.revoke?.endsWiderGrant !== false || previousConnectionId === null) return false
  return !(await wasImportedIn(tx, tenant, previousConnectionId))
}

async function record(
  tx: Tx,
  { tenant, caller, origin, input, connector, probed }: Import,
  facts: {
    accountId: string
    connectionId: string
    scopes: { requested: string[]; granted: string[]; from: string }
    consentHash: string
  },
): Promise<void> {
  const ids = {
    connected_account_id: publicId('connected_account', facts.accountId),
    connection_id: publicId('connection', facts.connectionId),
  }
  await appendAudit(tx, tenant, {
    action: 'connected_account.imported',
    outcome: 'allowed',
    actor: actorOf(caller),
    user_id: input.user_id,
    ...ids,
    scopes_required: facts.scopes.requested,
    scopes_granted: facts.scopes.granted,
    details: {
      connector: connector.id,
      consent_hash: facts.consentHash,
      external_reference: input.external_reference ?? null,
      scopes_from: facts.scopes.from,
      verified: probed.account !== null,
      renewed: probed.rotated,
    },
    ...originFields(origin),
  })
  // Of no use to anybody until it is verified: that tells of it.
  if (!probed.account) return
  await emit(tx, tenant, 'connected_account.connected', {
    ...ids,
    user_id: input.user_id,
    connector: connector.id,
    scopes: facts.scopes.granted,
  })
}
