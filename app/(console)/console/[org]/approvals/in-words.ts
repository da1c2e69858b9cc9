import type { ApprovalWords } from '#components/console/approvals'
import type { Approval } from '#lib/approvals/schema'
import { deployment, forOrg } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { connectors } from '#runtime'

/** Approvals with names in place of ids. */
export async function inWords(
  tenant: Tenant,
  approvals: readonly Approval[],
): Promise<Map<string, ApprovalWords>> {
  const actors = approvals.flatMap((one) => [
    one.requested_by,
    ...one.votes.map(({ decided_by }) => decided_by),
  ])
  const [own, shared] = await Promise.all([namesIn(tenant, actors), namesIn(deployment, actors)])
  const { users, accounts } = await forOrg(tenant, async (tx) => ({
    users: await tx.end_users.findMany({
      where: { org_id: tenant.orgId, external_id: { in: approvals.map(({ user_id }) => user_id) } },
      select: { external_id: true, name: true, email: true },
    }),
    accounts: await tx.connected_accounts.findMany({
      where: {
        org_id: tenant.orgId,
        id: {
          in: approvals.flatMap(({ connected_account_id: id }) => parseId('connected_account', id) ?? []),
        },
      },
      select: { id: true, label: true },
    }),
  }))
  const person = (externalId: string) => {
    const found = users.find(({ external_id }) => external_id === externalId)
    const name = found?.name ?? found?.email
    return name ? `${name} (${externalId})` : externalId
  }
  const actor = ({ type, id }: { type: string; id: string }) => {
    const name = own.get(id) ?? shared.get(id)
    return name === undefined ? `${type.replaceAll('_', ' ')} ${id}` : `${kinds[type] ?? ''}${name}`
  }
  return new Map(
    approvals.map((one): [string, ApprovalWords] => {
      const connector = connectors[one.connector]
      const account = accounts.find(({ id }) => id === parseId('connected_account', one.connected_account_id))
      return [
        one.id,
        {
          tool: connector?.tools[one.tool_name]?.title ?? one.tool_name,
          connector: connector?.name ?? one.connector,
          account: account?.label ?? one.connected_account_id,
          user: person(one.user_id),
          requester: actor(one.requested_by),
          voters: one.votes.map(({ decided_by: by }) =>
            by.user_id === null ? actor(by) : `${by.user_id}, through ${actor(by)},`,
          ),
        },
      ]
    }),
  )
}

const kinds: Record<string, string> = { api_key: 'the key ', agent: 'the agent ' }

/** The names of agents, keys and members of one org, by internal id. */
async function namesIn(
  tenant: Tenant,
  actors: readonly { type: string; id: string }[],
): Promise<Map<string, string>> {
  const ids = (type: string) => [...new Set(actors.filter((one) => one.type === type).map(({ id }) => id))]
  const where = (type: string) => ({ org_id: tenant.orgId, id: { in: ids(type) } })
  const { agents, keys, members } = await forOrg(tenant, async (tx) => ({
    agents: await tx.agents.findMany({ where: where('agent'), select: { id: true, name: true } }),
    keys: await tx.api_keys.findMany({ where: where('api_key'), select: { id: true, name: true } }),
    members: await tx.members.findMany({ where: where('member'), select: { id: true, email: true } }),
  }))
  return new Map([
    ...agents.map(({ id, name }): [string, string] => [id, name]),
    ...keys.map(({ id, name }): [string, string] => [id, name]),
    ...members.map(({ id, email }): [string, string] => [id, email]),
  ])
}
