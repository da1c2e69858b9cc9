import type { Metadata } from 'next'
import { z } from 'zod'
import { NewAgent } from '#components/console/agents/agent-form'
import { AgentBadge, AgentsTable } from '#components/console/agents/agents-table'
import { Pager } from '#components/console/pager'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { Table, Td, Th } from '#components/ui/table'
import { cursorOf, page, uuidShape } from '#lib/http'
import { listAdmitted, listAgents } from '#lib/identity'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { addAgent } from './actions.ts'
import { ConnectClient } from './connect-client.tsx'

export const metadata: Metadata = { title: 'Agents' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function AgentsPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'agents.read')
  const { tenant } = admin
  const base = pathOf(tenant)
  const path = `${base}/agents`
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const [rows, admitted] = await Promise.all([
    fault === null ? listAgents(tenant, before, rowsMost + 1) : [],
    isDeployment(tenant) || before !== null ? [] : listAdmitted(tenant),
  ])
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('agent'))
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="agents">
      <h1 className="text-xl font-semibold tracking-tight">
        {isDeployment(tenant) ? 'Agents of the deployment' : 'Agents'}
      </h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What calls tools, each by a name of its own, with a person who answers for it. An agent uses only what
        people have let it use.
      </p>
      <div className="mt-6 grid gap-8">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {data.length > 0 && <AgentsTable agents={data} base={path} />}
        {data.length === 0 && fault === null && (
          <Empty title={before === null ? 'No agent yet: connect one' : 'There is nothing older'}>
            {before === null &&
              'Add the address below to an MCP client: it registers itself, and is listed once somebody lets it in. Or create an agent of your own.'}
          </Empty>
        )}
        {data.length === 0 && fault === null && before === null && <ConnectClient tenant={tenant} />}
        {admitted.length > 0 && (
          <section>
            <h2 className="mb-3 font-semibold">Agents of the deployment that may work here</h2>
            <Table label="Agents of the deployment">
              <thead>
                <tr>
                  <Th>Name</Th>
                  <Th>Status</Th>
                  <Th>Owner</Th>
                </tr>
              </thead>
              <tbody>
                {admitted.map(({ id, name, owner, status }) => (
                  <tr key={id}>
                    <Td className="wrap-anywhere">{name}</Td>
                    <Td>
                      <AgentBadge status={status} />
                    </Td>
                    <Td className="wrap-anywhere">{owner ?? 'Nobody'}</Td>
                  </tr>
                ))}
              </tbody>
            </Table>
          </section>
        )}
        <section className="max-w-3xl">
          <h2 className="mb-3 font-semibold">A new agent</h2>
          <NewAgent action={addAgent.bind(null, base.slice('/console/'.length))} />
        </section>
      </div>
      <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
    </ConsoleShell>
  )
}
