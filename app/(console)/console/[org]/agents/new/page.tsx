import type { Metadata } from 'next'
import Link from 'next/link'
import { NewAgent } from '#components/console/agents/agent-form'
import { pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { addAgent } from '../actions.ts'

export const metadata: Metadata = { title: 'New agent' }

export default async function NewAgentPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireTenant((await params).org, 'agents.manage')
  const { tenant } = admin
  const base = pathOf(tenant)
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="agents">
      <Link href={`${base}/agents`} className="text-sm text-link underline-offset-2 hover:underline">
        Agents
      </Link>
      <h1 className="mt-2 text-xl font-semibold tracking-tight">New agent</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        It can do nothing yet: its page, which comes next, gives it what it proves itself with, and people let
        it use their accounts.
      </p>
      <div className="mt-6 max-w-3xl">
        <NewAgent action={addAgent.bind(null, base.slice('/console/'.length))} />
      </div>
    </ConsoleShell>
  )
}
