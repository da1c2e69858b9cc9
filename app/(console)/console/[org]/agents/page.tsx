import type { Metadata } from 'next'
import Link from 'next/link'
import { buttonClass } from '#components/ui/button'
import { Empty } from '#components/ui/empty'
import { viewsOf } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { rowsMost, type SearchParams } from '../../filters.ts'
import { ListView } from '../../list/list-view.tsx'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { ConnectClient } from './connect-client.tsx'
import { askAgents, columnsOf, kindChoices, readAgents } from './list.tsx'

export const metadata: Metadata = { title: 'Agents' }

const fields = [
  { name: 'name', label: 'Name' },
  { name: 'owner', label: 'Owner or team' },
  { name: 'environment', label: 'Environment' },
  {
    name: 'status',
    label: 'Status',
    choices: [
      { value: 'active', words: 'Active' },
      { value: 'disabled', words: 'Disabled' },
    ],
  },
  { name: 'kind', label: 'Kind', choices: kindChoices },
]

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function AgentsPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'agents.read')
  const { tenant, caller } = admin
  const base = pathOf(tenant)
  const path = `${base}/agents`
  const views = await viewsOf({ home: caller.home, memberId: caller.memberId }, 'agents')
  const asked = await askAgents(searchParams, views.last)
  const page =
    asked.fault === null ? await readAgents(tenant, asked, asked.before, rowsMost) : { rows: [], next: null }
  const none = page.rows.length === 0 && asked.filterQuery === '' && asked.before === null
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="agents">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">
            {isDeployment(tenant) ? 'Agents of the deployment' : 'Agents'}
          </h1>
          <p className="mt-1 max-w-prose text-sm text-muted-fg">
            What calls tools, each by a name of its own, with a person who answers for it. An agent uses only
            what people have let it use.
          </p>
        </div>
        {permits(caller.role, 'agents.manage') && (
          <Link href={`${path}/new`} className={buttonClass()}>
            New agent
          </Link>
        )}
      </div>
      <div className="mt-5 grid gap-8">
        <ListView
          list="agents"
          label="Agents"
          path={path}
          fields={isDeployment(tenant) ? fields.filter(({ name }) => name !== 'kind') : fields}
          columns={columnsOf(tenant)}
          context={{ base }}
          asked={asked}
          rows={page.rows}
          next={page.next}
          keyOf={({ id }) => id}
          nameOf={({ name }) => name}
          views={views.named}
          mayExport
          nothing={
            <Empty title="No agent yet: connect one">
              Add the address below to an MCP client: it registers itself, and is listed once somebody lets it
              in. Or create an agent of your own.
            </Empty>
          }
        />
        {none && <ConnectClient tenant={tenant} />}
      </div>
    </ConsoleShell>
  )
}
