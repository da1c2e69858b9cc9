import type { Metadata } from 'next'
import { ApprovalRules } from '#components/console/approval-rules'
import { RequestCard, type ShownRequest } from '#components/console/requests'
import { WaitingAndPast } from '#components/console/waiting-and-past'
import { listRequests } from '#lib/consent'
import type { ConnectionRequest } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { cursorOf, openCursor, page, uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { getOrg } from '#lib/tenancy'
import { approvalRules } from '#lib/tenancy/schema'
import { connectors } from '#runtime'
import type { SearchParams } from '../../filters.ts'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { addRule, decide, removeRule } from './actions.ts'

export const metadata: Metadata = { title: 'Requests' }

const pendingMost = 100
const decidedPerPage = 20

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function RequestsPage({ params, searchParams }: Props) {
  const { org } = await params
  const admin = await requireOrg(org, 'requests.read', 'requests')
  const { tenant } = admin
  const path = `${pathOf(tenant)}/requests`
  const { cursor } = await searchParams
  const before = openCursor(typeof cursor === 'string' ? cursor : undefined, uuidShape)
  const [pending, rows, { settings }] = await Promise.all([
    listRequests(tenant, { status: 'pending' }, null, pendingMost),
    listRequests(tenant, {}, before, decidedPerPage + 1),
    getOrg(tenant),
  ])
  const past = page(rows, decidedPerPage, cursorOf('connection_request'))
  const decided = past.data.filter(({ status }) => status !== 'pending')
  const shown = await inWords(tenant, [...pending, ...decided])
  const card = (request: ConnectionRequest) => {
    const found = shown.get(request.id)
    return (
      found && <RequestCard key={request.id} request={found} decide={decide.bind(null, org, request.id)} />
    )
  }
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="requests">
      <h1 className="text-xl font-semibold tracking-tight">Requests</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What people ask to connect, where this organization wants it approved first. They have read and agreed
        to it; nothing is connected until somebody approves.
      </p>

      <WaitingAndPast
        waiting={pending.map(card)}
        nothing={{ title: 'Nobody is waiting', text: 'Requests appear here as soon as they are made.' }}
        past={decided.map(card)}
        pager={{
          first: before === null ? null : path,
          next: past.next_cursor && `${path}?cursor=${encodeURIComponent(past.next_cursor)}`,
        }}
      >
        <section className="mt-10" aria-labelledby="rules">
          <h2 id="rules" className="mb-3 font-semibold">
            What needs an approval
          </h2>
          <ApprovalRules
            rules={approvalRules(settings)}
            connectors={Object.values(connectors).map(({ id, name }) => ({ id, name }))}
            add={addRule.bind(null, org)}
            remove={removeRule.bind(null, org)}
          />
        </section>
      </WaitingAndPast>
    </ConsoleShell>
  )
}

/** Requests with names in place of ids. */
async function inWords(
  tenant: Tenant,
  requests: readonly ConnectionRequest[],
): Promise<Map<string, ShownRequest>> {
  const agentIds = requests.flatMap(({ agents }) => agents.flatMap((id) => parseId('agent', id) ?? []))
  const { users, agents } = await forOrg(tenant, async (tx) => ({
    users: await tx.end_users.findMany({
      where: { org_id: tenant.orgId, external_id: { in: requests.map(({ user_id }) => user_id) } },
      select: { external_id: true, name: true, email: true },
    }),
    agents: await tx.agents.findMany({ where: { id: { in: agentIds } }, select: { id: true, name: true } }),
  }))
  const shown = requests.map((request): [string, ShownRequest] => {
    const user = users.find(({ external_id }) => external_id === request.user_id)
    const connector = connectors[request.connector]
    return [
      request.id,
      {
        ...request,
        who: { name: user?.name ?? null, email: user?.email ?? null },
        connectorName: connector?.name ?? request.connector,
        agentNames: request.agents.map(
          (id) => agents.find((agent) => agent.id === parseId('agent', id))?.name ?? id,
        ),
        words: request.scopes.map((scope) => ({
          scope,
          does: connector?.scopes[scope]?.does ?? null,
          risk: connector?.scopes[scope]?.risk ?? null,
        })),
      },
    ]
  })
  return new Map(shown)
}
