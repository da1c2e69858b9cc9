import type { Metadata } from 'next'
import { ApprovalRow } from '#components/console/approval-row'
import { Pager } from '#components/console/pager'
import { Empty } from '#components/ui/empty'
import { listApprovals } from '#lib/approvals'
import type { Approval } from '#lib/approvals/schema'
import { cursorOf, openCursor, page, uuidShape } from '#lib/http'
import type { SearchParams } from '../../filters.ts'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { inWords } from './in-words.ts'

export const metadata: Metadata = { title: 'Approvals' }

const pendingMost = 100
const pastPerPage = 20

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function ApprovalsPage({ params, searchParams }: Props) {
  const { org } = await params
  const admin = await requireOrg(org, 'approvals')
  const { tenant } = admin
  const path = `${pathOf(tenant)}/approvals`
  const { cursor } = await searchParams
  const before = openCursor(typeof cursor === 'string' ? cursor : undefined, uuidShape)
  const [pending, rows] = await Promise.all([
    listApprovals(tenant, { status: 'pending' }, null, pendingMost),
    listApprovals(tenant, {}, before, pastPerPage + 1),
  ])
  const past = page(rows, pastPerPage, cursorOf('approval'))
  const decided = past.data.filter(({ status }) => status !== 'pending')
  const words = await inWords(tenant, [...pending, ...decided])
  const row = (approval: Approval) => {
    const found = words.get(approval.id)
    return (
      found && (
        <ApprovalRow key={approval.id} approval={approval} words={found} href={`${path}/${approval.id}`} />
      )
    )
  }
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="approvals">
      <h1 className="text-xl font-semibold tracking-tight">Approvals</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        Calls that a policy asks people about. Nothing is sent before enough of them have approved, and then
        it is sent once.
      </p>

      <section className="mt-6" aria-labelledby="waiting">
        <h2 id="waiting" className="mb-3 font-semibold">
          Waiting for a decision
        </h2>
        {pending.length === 0 ? (
          <Empty title="Nothing waits">
            <p>Calls appear here as soon as a policy asks about them.</p>
          </Empty>
        ) : (
          <ul className="grid gap-4">{pending.map(row)}</ul>
        )}
      </section>

      {(decided.length > 0 || before !== null) && (
        <section className="mt-10" aria-labelledby="past">
          <h2 id="past" className="mb-3 font-semibold">
            Before
          </h2>
          <ul className="grid gap-4">{decided.map(row)}</ul>
          <Pager
            first={before === null ? null : path}
            next={past.next_cursor && `${path}?cursor=${encodeURIComponent(past.next_cursor)}`}
          />
        </section>
      )}
    </ConsoleShell>
  )
}
