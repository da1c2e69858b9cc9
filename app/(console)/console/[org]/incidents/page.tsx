import type { Metadata } from 'next'
import { z } from 'zod'
import { OpenIncident, PastIncidents } from '#components/console/incidents'
import { Pager } from '#components/console/pager'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { heldThroughDeployment, listIncidents, openIncidents } from '#lib/connect'
import { cursorOf, page, uuidShape } from '#lib/http'
import { connectorNames } from '../../connector-names.ts'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { confirmIncident } from './actions.ts'

export const metadata: Metadata = { title: 'Incidents' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function IncidentsPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'incidents.read')
  const { tenant } = admin
  const base = pathOf(tenant)
  const path = `${base}/incidents`
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const [open, rows, elsewhere] = await Promise.all([
    before === null ? openIncidents(tenant) : [],
    fault === null ? listIncidents(tenant, before, rowsMost + 1) : [],
    isDeployment(tenant) ? [] : heldThroughDeployment(tenant),
  ])
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('incident'))
  const past = data.filter(({ resolution }) => resolution !== null)
  const nothing = fault === null && open.length + past.length + elsewhere.length === 0
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="incidents">
      <h1 className="text-xl font-semibold tracking-tight">
        {isDeployment(tenant) ? 'Incidents of the deployment' : 'Incidents'}
      </h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        When a provider refuses many renewals alike, it has a fault or a setting changed: its users have not
        all left in one moment. Then accounts are held instead of disconnected, until it renews again or
        somebody says that it is right.
      </p>
      <div className="mt-6 grid gap-6">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {elsewhere.map(({ connector, held }) => (
          <Alert
            key={connector}
            tone="warning"
            title={`${connectorNames[connector] ?? connector}: renewals refused`}
          >
            {held} {held === 1 ? 'account of this organization is' : 'accounts of this organization are'}{' '}
            held. None is disconnected, and tokens that still work go on working. They rest on an OAuth client
            of the deployment, whose operators decide.
          </Alert>
        ))}
        {open.map((incident) => (
          <OpenIncident
            key={incident.id}
            incident={incident}
            connectorNames={connectorNames}
            action={confirmIncident.bind(null, base.slice('/console/'.length), incident.id)}
          />
        ))}
        {nothing && (
          <Empty title="No incident">
            {before === null ? 'Providers renew, or refuse one at a time.' : 'There is nothing older.'}
          </Empty>
        )}
        {past.length > 0 && (
          <section>
            <h2 className="mb-3 font-semibold">Past</h2>
            <PastIncidents incidents={past} connectorNames={connectorNames} />
          </section>
        )}
      </div>
      <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
    </ConsoleShell>
  )
}
