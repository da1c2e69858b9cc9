import type { Metadata } from 'next'
import Link from 'next/link'
import { callStates } from '#components/console/calls'
import { Empty } from '#components/ui/empty'
import { viewsOf } from '#lib/console'
import { getOrg } from '#lib/tenancy'
import { rowsMost, type SearchParams } from '../../filters.ts'
import { ListView } from '../../list/list-view.tsx'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { namesOf } from '../accounts/[id]/grantees.ts'
import { askCalls, columns, readCalls } from './list.tsx'

export const metadata: Metadata = { title: 'Activity' }

const fields = [
  { name: 'status', label: 'Outcome', choices: callStates },
  { name: 'tool_name', label: 'Tool' },
  { name: 'user_id', label: 'User' },
  { name: 'agent_id', label: 'Agent (ag_…)' },
  { name: 'account', label: 'Account (ca_…)' },
  { name: 'since', label: 'From (UTC)', type: 'datetime-local' as const },
  { name: 'until', label: 'Before (UTC)', type: 'datetime-local' as const },
]

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function ActivityPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'activity.read')
  const { tenant, caller } = admin
  const base = pathOf(tenant)
  const path = `${base}/activity`
  const views = await viewsOf({ home: caller.home, memberId: caller.memberId }, 'activity')
  const asked = await askCalls(searchParams, views.last)
  const page =
    asked.fault === null ? await readCalls(tenant, asked, asked.before, rowsMost) : { rows: [], next: null }
  const names = await namesOf(
    caller,
    tenant,
    page.rows.flatMap(({ actor }) => (actor.type === 'agent' ? [actor.id] : [])),
  )
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="activity">
      <h1 className="text-xl font-semibold tracking-tight">Activity</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What agents did, call by call. Calls that were refused reached no provider:{' '}
        <Link href={`${path}?status=refused`} className="text-link underline underline-offset-2">
          look at those
        </Link>
        .
      </p>
      <div className="mt-5">
        <ListView
          list="activity"
          label="Calls"
          path={path}
          fields={fields}
          columns={columns}
          context={{ base, names }}
          asked={asked}
          rows={page.rows}
          next={page.next}
          keyOf={({ id }) => id}
          nameOf={({ tool_name, at }) => `${tool_name}, ${at}`}
          views={views.named}
          mayExport
          nothing={
            <Empty title="No call yet">
              Each call of a tool is listed here, as soon as it is made, with who made it and for whom.
            </Empty>
          }
        />
      </div>
    </ConsoleShell>
  )
}
