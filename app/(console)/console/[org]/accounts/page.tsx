import type { Metadata } from 'next'
import { AccountsTable } from '#components/console/accounts-table'
import { FilterForm } from '#components/console/filter-form'
import { IncidentBanner } from '#components/console/incidents'
import { Pager } from '#components/console/pager'
import { statusChoices } from '#components/console/status'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { heldThroughDeployment, openIncidents } from '#lib/connect'
import { listAccounts } from '#lib/consent'
import { accountFilter } from '#lib/consent/schema'
import { page, uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import { getOrg } from '#lib/tenancy'
import { connectorNames } from '../../connector-names.ts'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'

export const metadata: Metadata = { title: 'Connected accounts' }

const schema = accountFilter.omit({ org_id: true })

const fields = [
  { name: 'user_id', label: 'User' },
  {
    name: 'connector',
    label: 'Connector',
    choices: Object.entries(connectorNames).map(([value, words]) => ({ value, words })),
  },
  { name: 'status', label: 'Status', choices: statusChoices },
]

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function AccountsPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'accounts.read')
  const { tenant } = admin
  const path = `/console/${encodeURIComponent(tenant.externalId)}/accounts`
  const { given, filter, before, fault } = await readFilter(searchParams, schema, uuidShape)
  const rows = fault === null ? await listAccounts(tenant, filter, before, rowsMost + 1) : []
  const { data, next_cursor } = page(rows, rowsMost, ({ id }) => parseId('connected_account', id) ?? '')
  const incidents = (await Promise.all([openIncidents(tenant), heldThroughDeployment(tenant)])).flat()
  const filtered = Object.keys(filter).length > 0
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="accounts">
      <h1 className="text-xl font-semibold tracking-tight">Connected accounts</h1>
      <div className="mt-5 grid gap-5">
        <IncidentBanner
          incidents={incidents}
          connectorNames={connectorNames}
          href={`${pathOf(tenant)}/incidents`}
        />
        <FilterForm path={path} fields={fields} given={given} />
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {fault === null && data.length === 0 && (filtered || before !== null ? <NoMatch /> : <NothingYet />)}
        {data.length > 0 && (
          <AccountsTable
            accounts={data}
            connectorNames={connectorNames}
            pathOf={({ id }) => `${path}/${id}`}
          />
        )}
      </div>
      <Pager
        first={before === null ? null : hrefOf(path, given, null)}
        next={next_cursor && hrefOf(path, given, next_cursor)}
      />
    </ConsoleShell>
  )
}

const NoMatch = () => (
  <Empty title="No account matches">Nothing here fits the filter. Clear it to see all accounts.</Empty>
)

const NothingYet = () => (
  <Empty title="No account is connected yet">
    Accounts appear here when a user of this organization finishes a connect session.
  </Empty>
)
