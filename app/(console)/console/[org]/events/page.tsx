import type { Metadata } from 'next'
import Link from 'next/link'
import { Empty } from '#components/ui/empty'
import { viewsOf } from '#lib/console'
import { getOrg } from '#lib/tenancy'
import { rowsMost, type SearchParams } from '../../filters.ts'
import { ListView } from '../../list/list-view.tsx'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { askEvents, columns, fields, readEvents } from './list.tsx'

export const metadata: Metadata = { title: 'Events' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function EventsPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'events.read', 'events')
  const { tenant, caller } = admin
  const path = `${pathOf(tenant)}/events`
  const views = await viewsOf({ home: caller.home, memberId: caller.memberId }, 'events')
  const asked = await askEvents(searchParams, views.last)
  const page =
    asked.fault === null ? await readEvents(tenant, asked, asked.before, rowsMost) : { rows: [], next: null }
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="events">
      <h1 className="text-xl font-semibold tracking-tight">Events</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What happened to accounts, consents, approvals and agents, as your product reads it:{' '}
        <Link href="/docs#listEvents" className="text-link underline underline-offset-2">
          GET /api/v1/events
        </Link>
        . What each call did is in the activity.
      </p>
      <div className="mt-5">
        <ListView
          list="events"
          label="Events"
          path={path}
          fields={fields}
          columns={columns}
          context={undefined}
          asked={asked}
          rows={page.rows}
          next={page.next}
          keyOf={({ id }) => id}
          nameOf={({ type, created_at }) => `${type}, ${created_at}`}
          views={views.named}
          mayExport={false}
          nothing={<Empty title="No event yet">An account that is connected is the first.</Empty>}
        />
      </div>
    </ConsoleShell>
  )
}
