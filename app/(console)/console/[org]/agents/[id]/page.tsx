import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ChangeAgent } from '#components/console/agents/agent-form'
import { AgentBadge, nameOf } from '#components/console/agents/agents-table'
import { ConfirmAction } from '#components/console/confirm-action'
import { Fact, Facts } from '#components/console/facts'
import { Time } from '#components/console/time'
import { buttonClass } from '#components/ui/button'
import { getAgent } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import type { SearchParams } from '../../../filters.ts'
import { isDeployment, orNotFound, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { disableAgent, enableAgent, saveAgent } from '../actions.ts'
import { ConnectClient } from '../connect-client.tsx'
import { Credentials } from './credentials.tsx'
import { Grants } from './grants.tsx'
import { Toolsets } from './toolsets.tsx'

export const metadata: Metadata = { title: 'Agent' }

type Props = { params: Promise<{ org: string; id: string }>; searchParams: SearchParams }

export default async function AgentPage({ params, searchParams }: Props) {
  const { org, id } = await params
  const admin = await requireTenant(org, 'agents.read')
  const { tenant, caller } = admin
  const uuid = parseId('agent', id)
  if (uuid === null) notFound()
  const agent = await orNotFound(getAgent(tenant, uuid))
  const base = pathOf(tenant)
  const segment = base.slice('/console/'.length)
  const path = `${base}/agents/${agent.id}`
  const { add } = await searchParams
  const name = nameOf(agent)
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="agents">
      <Link href={`${base}/agents`} className="text-sm text-link underline-offset-2 hover:underline">
        Agents
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {name}
        <AgentBadge status={agent.status} />
      </h1>
      {agent.kind === 'client' && (
        <p className="mt-1 max-w-prose text-sm text-muted-fg">
          It registered itself: its name is its own word. Nobody has checked it.
        </p>
      )}

      <div className="mt-6 flex flex-wrap items-start gap-3">
        {permits(caller.role, 'stops.manage') && (
          <Link
            href={`${base}/stops/new?step=confirm&type=agent&id=${agent.id}`}
            className={buttonClass({ variant: 'secondary' })}
          >
            Stop
          </Link>
        )}
        {agent.status === 'active' ? (
          <ConfirmAction
            action={disableAgent.bind(null, segment, agent.id)}
            label="Disable"
            title={`Disable ${name}?`}
            confirm="Disable now"
            variant="danger"
          >
            <p>
              Its next call is refused, with tokens that it has too. What people let it use stays on record.
            </p>
          </ConfirmAction>
        ) : (
          <ConfirmAction
            action={enableAgent.bind(null, segment, agent.id)}
            label="Enable"
            title={`Let ${name} go on?`}
            confirm="Enable now"
          >
            <p>Its credentials that are in force count again, and so does what people let it use.</p>
          </ConfirmAction>
        )}
      </div>

      <div className="mt-8 grid gap-10 lg:grid-cols-2">
        <section>
          <h2 className="mb-3 font-semibold">Details</h2>
          <Facts>
            <Fact name="client_id">
              <code className="font-mono text-xs break-all select-all">{agent.client_id}</code>
            </Fact>
            <Fact name="Owner">
              {agent.owner ?? 'Nobody'}
              {agent.owner_member_id !== null && ' (a member)'}
            </Fact>
            <Fact name="Last seen">
              <Time at={agent.last_seen_at} />
            </Fact>
            <Fact name="Created">
              <Time at={agent.created_at} />
            </Fact>
            {agent.disabled_at !== null && (
              <Fact name="Disabled">
                <Time at={agent.disabled_at} />
              </Fact>
            )}
            <Fact name="May use">
              {agent.tools?.join(', ') ??
                (agent.connectors === null
                  ? 'All that people let it use'
                  : `Of what people let it use: ${agent.connectors.join(', ') || 'nothing'}`)}
            </Fact>
          </Facts>
        </section>
        <section>
          <h2 className="mb-3 font-semibold">Change it</h2>
          <ChangeAgent action={saveAgent.bind(null, segment, agent.id)} agent={agent} />
        </section>
      </div>

      {agent.kind === 'registered' && (
        <Credentials
          tenant={tenant}
          agentId={uuid}
          segment={segment}
          path={path}
          asked={typeof add === 'string' ? add : null}
        />
      )}
      <div className="mt-10">
        <ConnectClient tenant={tenant} />
      </div>
      {!isDeployment(tenant) && (
        <>
          <Toolsets tenant={tenant} agentId={uuid} publicId={agent.id} segment={segment} />
          <Grants tenant={tenant} agentId={agent.id} base={base} />
        </>
      )}
    </ConsoleShell>
  )
}
