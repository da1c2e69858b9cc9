import Link from 'next/link'
import type { Approval } from '#lib/approvals/schema'
import { ApprovalStatus, type ApprovalWords, approvals } from './approvals.tsx'
import { Time } from './time.tsx'

/** One call in a list; what it says is on its own page, as looking at it is written down. */
export const ApprovalRow = ({
  approval,
  words,
  href,
}: {
  approval: Approval
  words: ApprovalWords
  href: string
}) => (
  <li className="grid gap-1 rounded-card border border-border bg-card p-4 sm:p-5">
    <h3 className="flex flex-wrap items-center gap-2 font-medium">
      <Link href={href} className="text-link underline-offset-2 hover:underline wrap-anywhere">
        {words.tool} at {words.connector}
      </Link>
      <ApprovalStatus approval={approval} />
    </h3>
    <p className="text-sm text-muted-fg wrap-anywhere first-letter:uppercase">
      {words.requester} asks, on behalf of {words.user} · {approvals(approval)} of {approval.quorum} have
      approved · <Time at={approval.created_at} />
    </p>
  </li>
)
