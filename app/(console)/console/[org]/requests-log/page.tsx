import type { Metadata } from 'next'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { config } from '#lib/config'
import { viewsOf } from '#lib/console'
import { requestDaysKept } from '#lib/request-log'
import { getOrg } from '#lib/tenancy'
import { rowsMost, type SearchParams } from '../../filters.ts'
import { ListView } from '../../list/list-view.tsx'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { askRequests, columns, fields, readRequests } from './list.tsx'

export const metadata: Metadata = { title: 'Requests log' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function RequestsLogPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'events.read', 'requests-log')
  const { tenant, caller } = admin
  const path = `${pathOf(tenant)}/requests-log`
  const views = await viewsOf({ home: caller.home, memberId: caller.memberId }, 'requests-log')
  const asked = await askRequests(searchParams, views.last)
  const page =
    asked.fault === null
      ? await readRequests(tenant, asked, asked.before, rowsMost)
      : { rows: [], next: null }
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="requests-log">
      <h1 className="text-xl font-semibold tracking-tight">Requests log</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What keys and agents asked of the API and over MCP in the last {requestDaysKept} days, a second after
        it was answered. What requests carried is not kept. Requests that nobody was let in with belong to no
        organization and are not here.
      </p>
      {!config().console.requestLog && (
        <div className="mt-4">
          <Alert tone="warning" title="Nothing new is listed">
            This deployment has the requests log turned off (BEHALF_REQUEST_LOG).
          </Alert>
        </div>
      )}
      <div className="mt-5">
        <ListView
          list="requests-log"
          label="Requests"
          path={path}
          fields={fields}
          columns={columns}
          context={{ path }}
          asked={asked}
          rows={page.rows}
          next={page.next}
          keyOf={({ id }) => id}
          nameOf={({ method, path, at }) => `${method} ${path}, ${at}`}
          views={views.named}
          mayExport={false}
          nothing={
            <Empty title="No request yet">
              Each request with a key or as an agent is listed here, with how it was answered.
            </Empty>
          }
        />
      </div>
    </ConsoleShell>
  )
}
