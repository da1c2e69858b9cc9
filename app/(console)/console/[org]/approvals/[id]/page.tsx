import type { Metadata } from 'next'
import { headers } from 'next/headers'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ApprovalDecision, ApprovalFacts, ApprovalStatus, Params, Votes } from '#components/console/approvals'
import { showApproval } from '#lib/approvals'
import { parseId } from '#lib/ids'
import { originOf } from '#runtime'
import { orNotFound, pathOf, requireOrg } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { decide } from '../actions.ts'
import { inWords } from '../in-words.ts'

export const metadata: Metadata = { title: 'Approval' }

export default async function ApprovalPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireOrg(org, 'approvals.read', `approvals/${encodeURIComponent(id)}`)
  const { tenant, caller } = admin
  const uuid = parseId('approval', id)
  if (uuid === null) notFound()
  const approval = await orNotFound(showApproval(tenant, caller, uuid, originOf(await headers())))
  const words = (await inWords(tenant, [approval])).get(approval.id)
  if (!words) notFound()
  const details: unknown = approval.authorization_details
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="approvals">
      <Link
        href={`${pathOf(tenant)}/approvals`}
        className="text-sm text-link underline-offset-2 hover:underline"
      >
        Approvals
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {words.tool} at {words.connector}
        <ApprovalStatus approval={approval} />
      </h1>
      {approval.error_code && (
        <p className="mt-1 text-sm text-muted-fg">
          <code className="font-mono text-xs">{approval.error_code}</code>
        </p>
      )}

      <section className="mt-6 grid gap-8 lg:grid-cols-2">
        <div>
          <h2 className="mb-3 font-semibold">Who asks for what</h2>
          <ApprovalFacts approval={approval} words={words} />
        </div>
        <div>
          <h2 className="mb-3 font-semibold">What would be sent</h2>
          <Params params={approval.params} />
          {details !== null && (
            <>
              <h3 className="mt-6 mb-3 font-medium">Narrowed to</h3>
              <Params params={details} />
            </>
          )}
        </div>
      </section>

      <section className="mt-10 max-w-prose" aria-labelledby="decision">
        <h2 id="decision" className="mb-3 font-semibold">
          Decision
        </h2>
        <Votes approval={approval} words={words} />
        {approval.status === 'pending' && (
          <div className="mt-4">
            <ApprovalDecision decide={decide.bind(null, org, approval.id)} what={words.tool} />
          </div>
        )}
      </section>
    </ConsoleShell>
  )
}
