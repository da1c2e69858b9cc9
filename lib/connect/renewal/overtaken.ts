import type { Connector } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { newId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import { log } from '#lib/log'
import type { AuthConfig } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { type CredentialRef, type Sealer, sealerOf, sealTokens, type Tokens } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { giveUpSeconds } from '../ending/certificate.ts'
import { settleRevocation } from '../ending/settle-revocation.ts'

/**
 * Tokens that a provider gave for a credential that has ended meanwhile: revoked, or replaced by a new consent while
 * the renewal was under way. They are live, and nobody's: they are owed to the provider like those of a consent that
 * ended, so that a crash or a provider that is away leaves none alive. Where ending them would end a wider grant, a
 * newer consent among it, they are left to run out.
 * @param auth under which they were given, where it is known; otherwise the account's
 */
export async function giveBackOvertaken(
  deps: Deps,
  tenant: Tenant,
  replaced: CredentialRef,
  tokens: Tokens,
  auth: Pick<AuthConfig, 'orgId' | 'id'> | null,
): Promise<void> {
  const seal = await sealerOf(tenant)
  const owed = await forOrg(tenant, (tx) => oweIn(tx, tenant, deps, { replaced, tokens, auth, seal }))
  if (!owed) return
  const upstream = await settleRevocation(deps, tenant, owed, null)
  log.info({ org_id: tenant.orgId, upstream }, 'overtaken tokens given back')
}

type Facts = {
  replaced: CredentialRef
  tokens: Tokens
  auth: Pick<AuthConfig, 'orgId' | 'id'> | null
  seal: Sealer
}

const endsAlone = ({ auth }: Connector) => auth.revoke?.endsWiderGrant === false

async function oweIn(tx: Tx, tenant: Tenant, deps: Deps, facts: Facts): Promise<string | null> {
  const { accountId, connectionId } = facts.replaced
  const at = { org_id: tenant.orgId, account_id: accountId }
  const [account] = await tx.$queryRaw<
    { connector: string; auth_config_org_id: string; auth_config_id: string; deleted: boolean }[]
  >`
    SELECT connector, auth_config_org_id, auth_config_id, deleted_at IS NOT NULL AS deleted FROM connected_accounts
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${accountId}::uuid FOR NO KEY UPDATE`
  if (!account || !endsAlone(connectorOf(deps, account.connector))) return null
  // Of the consent that is still in use: the pair was in place before, or its sibling is, and may end with it.
  if (await tx.credentials.count({ where: { ...at, connection_id: connectionId } })) return null
  // Of no credential's numbers, which count upwards: these tokens were never an account's.
  const [lowest] = await tx.$queryRaw<{ generation: bigint }[]>`
    SELECT least(0, min(generation)) - 1 AS generation FROM keyring.credential_keys
    WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${accountId}::uuid`
  const generation = BigInt(lowest?.generation ?? -1)
  const { sealed, keyVersion, key } = sealTokens(
    facts.seal,
    { accountId, connectionId, generation },
    facts.tokens,
  )
  await tx.credential_keys.create({ data: { ...at, generation, key } })
  const id = newId()
  await tx.upstream_revocations.create({
    data: {
      ...at,
      id,
      connection_id: connectionId,
      connector: account.connector,
      auth_config_org_id: facts.auth?.orgId ?? account.auth_config_org_id,
      auth_config_id: facts.auth?.id ?? account.auth_config_id,
      generation,
      key_version: keyVersion,
      sealed,
      status: 'pending',
      give_up_at: account.deleted ? new Date(Date.now() + giveUpSeconds * 1_000) : null,
    },
  })
  await enqueueIn(tx, tenant, 'settle_revocation', { revocation_id: id }, { runInSeconds: 30 })
  return id
}
