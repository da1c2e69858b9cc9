import type { Metadata } from 'next'
import { ApprovalRow } from '#components/console/approval-row'
import { WaitingAndPast } from '#components/console/waiting-and-past'
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
  const admin = await requireOrg(org, 'approvals.read', 'approvals')
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

      <WaitingAndPast
        waiting={pending.map(row)}
        nothing={{ title: 'Nothing waits', text: 'Calls appear here as soon as a policy asks about them.' }}
        past={decided.map(row)}
        pager={{
          first: before === null ? null : path,
          next: past.next_cursor && `${path}?cursor=${encodeURIComponent(past.next_cursor)}`,
        }}
      />
    </ConsoleShell>
  )
}
