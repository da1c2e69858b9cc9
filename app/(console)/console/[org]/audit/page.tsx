import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { AuditTable } from '#components/console/audit-table'
import { type FilterField, FilterForm } from '#components/console/filter-form'
import { Pager } from '#components/console/pager'
import { outcomeChoices } from '#components/console/status'
import { VerifyChain } from '#components/console/verify-chain'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { listAudit } from '#lib/audit'
import { auditFilter } from '#lib/audit/schema'
import { page, sequenceShape } from '#lib/http'
import { originOf, viewed } from '#runtime'
import { hrefOf, readFilter, rowsMost, type SearchParams, utc } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { verifyChain } from './actions.ts'

export const metadata: Metadata = { title: 'Audit' }

const schema = auditFilter.omit({ org_id: true })

const fields: FilterField[] = [
  { name: 'action', label: 'Action' },
  { name: 'outcome', label: 'Outcome', choices: outcomeChoices },
  { name: 'user_id', label: 'User' },
  { name: 'tool_name', label: 'Tool' },
  { name: 'connected_account_id', label: 'Account id' },
  { name: 'since', label: 'Since (UTC)', type: 'datetime-local' },
  { name: 'until', label: 'Until (UTC)', type: 'datetime-local' },
]

const prepare = (name: string, value: string) => (name === 'since' || name === 'until' ? utc(value) : value)

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function AuditPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'audit.read')
  const { tenant } = admin
  const base = pathOf(tenant)
  const path = `${base}/audit`
  const { given, filter, before, fault } = await readFilter(searchParams, schema, sequenceShape, prepare)
  const from = before === null ? null : Number(before)
  const rows = fault === null ? await listAudit(tenant, filter, from, rowsMost + 1) : []
  await viewed(tenant, admin.caller, originOf(await headers()), 'audit')
  const { data, next_cursor } = page(rows, rowsMost, ({ sequence }) => String(sequence))
  const filtered = Object.keys(filter).length > 0
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="audit">
      <h1 className="text-xl font-semibold tracking-tight">
        {isDeployment(tenant) ? 'Audit of the deployment' : 'Audit'}
      </h1>
      <p className="mt-1 mb-4 text-sm text-muted-fg">
        Each event carries the hash of the one before it, so a change to any of them shows.
      </p>
      <VerifyChain action={verifyChain.bind(null, base.slice('/console/'.length))} />
      <div className="mt-5 grid gap-5">
        <FilterForm path={path} fields={fields} given={given} />
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {fault === null && data.length === 0 && (filtered || before !== null ? <NoMatch /> : <NothingYet />)}
        {data.length > 0 && <AuditTable events={data} />}
      </div>
      <Pager
        first={before === null ? null : hrefOf(path, given, null)}
        next={next_cursor && hrefOf(path, given, next_cursor)}
      />
    </ConsoleShell>
  )
}

const NoMatch = () => (
  <Empty title="No event matches">Nothing here fits the filter. Clear it to see all events.</Empty>
)

const NothingYet = () => (
  <Empty title="Nothing has happened yet">
    Every decision about this organization will be recorded here.
  </Empty>
)
