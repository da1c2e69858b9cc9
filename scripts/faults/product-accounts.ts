// Accounts as if each had been connected, without ten thousand people clicking.
import { forOrg } from '#lib/db'
import { systemCaller } from '#lib/identity'
import { newId, parseId, publicId } from '#lib/ids'
import { listAuthConfigs } from '#lib/oauth'
import { deploymentTenant, ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys, sealerOf, sealTokens } from '#lib/vault'
import type { Account, Commands } from './commands.ts'

const system = systemCaller('faults')

export async function seed({ org, grants }: Commands['seed']['asks']): Promise<Account[]> {
  const tenant = await ensureOrg(system, org, prepareOrgKeys)
  const deployment = deploymentTenant(system)
  const [auth] = await listAuthConfigs(deployment, { connector: 'sandbox' }, null, 1)
  const authConfigId = parseId('auth_config', auth?.id ?? '') ?? ''
  const sealer = await sealerOf(tenant)
  const now = new Date()
  const scopes = ['tasks:read', 'tasks:write', 'projects:read', 'tasks:delete']
  const made = grants.map((grant) => {
    const ids = { user: newId(), account: newId(), connection: newId() }
    const ref = { accountId: ids.account, connectionId: ids.connection, generation: 1n }
    const tokens = { accessToken: grant.access_token, refreshToken: grant.refresh_token }
    return { ...ids, grant: grant.grant, sealed: sealTokens(sealer, ref, tokens) }
  })
  const at = { org_id: tenant.orgId }
  await forOrg(
    tenant,
    async (tx) => {
      await tx.end_users.createMany({
        data: made.map(({ user }) => ({ ...at, id: user, external_id: user, groups: [] })),
      })
      await tx.connected_accounts.createMany({
        data: made.map(({ user, account, connection }) => ({
          ...at,
          id: account,
          user_id: user,
          connector: 'sandbox',
          auth_config_org_id: deployment.orgId,
          auth_config_id: authConfigId,
          status: 'active',
          provider_account_id: 'usr_ana',
          label: 'ana@acme.test',
          current_connection_id: connection,
          credential_generation: 1n,
        })),
      })
      await tx.connections.createMany({
        data: made.map(({ user, account, connection }) => ({
          ...at,
          id: connection,
          account_id: account,
          user_id: user,
          provider_account_id: 'usr_ana',
          scopes_requested: scopes,
          scopes_refused: [],
          scopes_granted: scopes,
          grantee_product: true,
          locale: 'en',
          consent_text: 'as agreed',
          consent_hash: 'as agreed',
          consented_by: {},
          consented_at: now,
        })),
      })
      await tx.credential_keys.createMany({
        data: made.map(({ account, sealed }) => ({
          ...at,
          account_id: account,
          generation: 1n,
          key: sealed.key,
        })),
      })
      await tx.credentials.createMany({
        data: made.map(({ account, connection, sealed }) => ({
          ...at,
          account_id: account,
          connection_id: connection,
          generation: 1n,
          key_version: sealed.keyVersion,
          sealed: sealed.sealed,
          access_expires_at: new Date(now.getTime() + 300_000),
          access_ttl: 300,
          refreshable: true,
          refreshed_at: now,
        })),
      })
    },
    60_000,
  )
  return made.map(({ account, grant }) => ({
    id: publicId('connected_account', account),
    uuid: account,
    org,
    grant,
  }))
}
