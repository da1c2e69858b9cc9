import type { Metadata } from 'next'
import { Empty } from '#components/ui/empty'
import { viewsOf } from '#lib/console'
import { getOrg } from '#lib/tenancy'
import { rowsMost, type SearchParams } from '../../filters.ts'
import { ListView } from '../../list/list-view.tsx'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { askPeople, columns, readPeople } from './list.tsx'

export const metadata: Metadata = { title: 'People' }

const fields = [
  { name: 'user', label: 'User id or e-mail' },
  {
    name: 'status',
    label: 'Status',
    choices: [
      { value: 'active', words: 'Active' },
      { value: 'deactivated', words: 'Deactivated' },
    ],
  },
]

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function PeoplePage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'people.read')
  const { tenant, caller } = admin
  const path = `${pathOf(tenant)}/people`
  const views = await viewsOf({ home: caller.home, memberId: caller.memberId }, 'people')
  const asked = await askPeople(searchParams, views.last)
  const page =
    asked.fault === null ? await readPeople(tenant, asked, asked.before, rowsMost) : { rows: [], next: null }
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="people">
      <h1 className="text-xl font-semibold tracking-tight">People</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        The end users of your product whom agents act for: what they connected, and who may use it.
      </p>
      <div className="mt-5">
        <ListView
          list="people"
          label="People"
          path={path}
          fields={fields}
          columns={columns}
          context={{ path }}
          asked={asked}
          rows={page.rows}
          next={page.next}
          keyOf={({ id }) => id}
          nameOf={({ user_id }) => user_id}
          views={views.named}
          mayExport
          nothing={
            <Empty title="Nobody yet">
              People appear here when your product makes a connect session for them, or a directory sends
              them.
            </Empty>
          }
        />
      </div>
    </ConsoleShell>
  )
}
