import type { Metadata } from 'next'
import { Empty } from '#components/ui/empty'
import { viewsOf } from '#lib/console'
import { getOrg } from '#lib/tenancy'
import { rowsMost, type SearchParams } from '../../filters.ts'
import { ListView } from '../../list/list-view.tsx'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { askReceipts, columns, readReceipts } from './list.tsx'

export const metadata: Metadata = { title: 'Receipts' }

const fields = [{ name: 'user_id', label: 'User' }]

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function ReceiptsPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'receipts.read')
  const { tenant, caller } = admin
  const base = pathOf(tenant)
  const views = await viewsOf({ home: caller.home, memberId: caller.memberId }, 'receipts')
  const asked = await askReceipts(searchParams, views.last)
  const page =
    asked.fault === null
      ? await readReceipts(tenant, asked, asked.before, rowsMost)
      : { rows: [], next: null }
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="receipts">
      <h1 className="text-xl font-semibold tracking-tight">Receipts</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        Each consent as its person read it, in a document that we signed. Anybody can check it without us.
      </p>
      <div className="mt-5">
        <ListView
          list="receipts"
          label="Receipts"
          path={`${base}/receipts`}
          fields={fields}
          columns={columns}
          context={{ base }}
          asked={asked}
          rows={page.rows}
          next={page.next}
          keyOf={({ id }) => id}
          nameOf={({ account_label, user_id }) => `${account_label} of ${user_id}`}
          views={views.named}
          mayExport
          nothing={
            <Empty title="No receipt yet">
              A receipt is made when somebody has consented and your product has confirmed that it was they.
            </Empty>
          }
        />
      </div>
    </ConsoleShell>
  )
}
