import type { Metadata } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { IncidentBanner } from '#components/console/incidents'
import { Pager } from '#components/console/pager'
import { Time } from '#components/console/time'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { Table, Td, Th } from '#components/ui/table'
import { openIncidents } from '#lib/connect'
import { page, uuidShape } from '#lib/http'
import { deploymentTenant, listOrgs } from '#lib/tenancy'
import { connectorNames } from './connector-names.ts'
import { hrefOf, readFilter, rowsMost, type SearchParams } from './filters.ts'
import { pathOf, requireAdmin } from './session.ts'
import { ConsoleShell } from './shell.tsx'

export const metadata: Metadata = { title: 'Organizations' }

export default async function OrganizationsPage({ searchParams }: { searchParams: SearchParams }) {
  const admin = await requireAdmin()
  const { reach } = admin.caller
  if (reach !== null) redirect(`/console/${encodeURIComponent(reach.externalId)}`)
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const rows = fault === null ? await listOrgs(admin.caller, before, rowsMost + 1) : []
  const { data, next_cursor } = page(rows, rowsMost, ({ orgId }) => orgId)
  const deployment = deploymentTenant(admin.caller)
  return (
    <ConsoleShell admin={admin} org={null} here="orgs">
      <h1 className="text-xl font-semibold tracking-tight">Organizations</h1>
      <div className="mt-5 grid gap-5">
        <IncidentBanner
          incidents={await openIncidents(deployment)}
          connectorNames={connectorNames}
          href={`${pathOf(deployment)}/incidents`}
        />
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {fault === null && data.length === 0 && (
          <Empty title="No organization yet">
            An organization appears here when your product makes its first connect session for it.
          </Empty>
        )}
        {data.length > 0 && (
          <Table label="Organizations">
            <thead>
              <tr>
                <Th>Name</Th>
                <Th>Id</Th>
                <Th className="hidden sm:table-cell">Since</Th>
              </tr>
            </thead>
            <tbody>
              {data.map(({ view }) => (
                <tr key={view.id}>
                  <Td>
                    <Link
                      href={`/console/${encodeURIComponent(view.id)}`}
                      className="font-medium text-link underline-offset-2 hover:underline"
                    >
                      {view.name}
                    </Link>
                  </Td>
                  <Td className="font-mono text-xs break-all">{view.id}</Td>
                  <Td className="hidden whitespace-nowrap sm:table-cell">
                    <Time at={view.created_at} />
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
        )}
        <Pager
          first={before === null && fault === null ? null : '/console'}
          next={next_cursor && hrefOf('/console', {}, next_cursor)}
        />
      </div>
    </ConsoleShell>
  )
}
