import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { AgentBadge, nameOf } from '#components/console/agents/agent-badge'
import { ChangeAgent } from '#components/console/agents/agent-form'
import { ConfirmAction } from '#components/console/confirm-action'
import { Fact, Facts } from '#components/console/facts'
import { Time } from '#components/console/time'
import { buttonClass } from '#components/ui/button'
import { getWatchedAgent, type WatchedAgent } from '#lib/console'
import { getAgent } from '#lib/identity'
import { type Permission, permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import type { SearchParams } from '../../../filters.ts'
import { isDeployment, orNotFound, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { disableAgent, enableAgent, saveAgent } from '../actions.ts'
import { ConnectClient } from '../connect-client.tsx'
import { Credentials } from './credentials.tsx'
import { Done } from './done.tsx'
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
  const watched = await orNotFound(getWatchedAgent(tenant, uuid))
  // One of the deployment's is the operators' to change; here it is seen, and stopped.
  const agent = watched.shared ? null : await orNotFound(getAgent(tenant, uuid))
  const base = pathOf(tenant)
  const segment = base.slice('/console/'.length)
  const may = (permission: Permission) => permits(caller.role, permission)
  const manages = may('agents.manage')
  const { add } = await searchParams
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="agents">
      <Link href={`${base}/agents`} className="text-sm text-link underline-offset-2 hover:underline">
        Agents
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {nameOf(watched)}
        <AgentBadge status={watched.status} />
      </h1>
      {watched.shared && (
        <p className="mt-1 max-w-prose text-sm text-muted-fg">
          One of the deployment&apos;s, that works in this organization. Its operators change it.
        </p>
      )}
      {watched.kind === 'client' && (
        <p className="mt-1 max-w-prose text-sm text-muted-fg">
          It registered itself: its name is its own word. Nobody has checked it.
        </p>
      )}

      <div className="mt-6 flex flex-wrap items-start gap-3">
        {may('stops.manage') && (
          <Link
            href={`${base}/stops/new?step=confirm&type=agent&id=${watched.id}`}
            className={buttonClass({ variant: 'secondary' })}
          >
            Stop
          </Link>
        )}
        {may('revocations.manage') && !isDeployment(tenant) && (
          <Link
            href={`${base}/accounts?agent_id=${watched.id}`}
            className={buttonClass({ variant: 'secondary' })}
          >
            Accounts to revoke
          </Link>
        )}
        {agent && manages && <Disable agent={watched} segment={segment} />}
      </div>

      <div className="mt-8 grid gap-10">
        {!isDeployment(tenant) && may('activity.read') && (
          <Done
            tenant={tenant}
            agent={watched}
            base={base}
            may={{
              audit: may('audit.read'),
              accounts: may('accounts.read'),
              evidence: may('audit.export'),
            }}
          />
        )}
        <div className="grid gap-10 lg:grid-cols-2">
          <section>
            <h2 className="mb-3 font-semibold">Details</h2>
            <Facts>
              {agent && (
                <Fact name="client_id">
                  <code className="font-mono text-xs break-all select-all">{agent.client_id}</code>
                </Fact>
              )}
              <Fact name="Owner">
                {watched.owner ?? 'Nobody'}
                {agent && agent.owner_member_id !== null && ' (a member)'}
              </Fact>
              {watched.purpose && <Fact name="Purpose">{watched.purpose}</Fact>}
              {watched.team && <Fact name="Team">{watched.team}</Fact>}
              {watched.environment && <Fact name="Environment">{watched.environment}</Fact>}
              <Fact name="Last seen">
                <Time at={watched.last_seen_at} />
              </Fact>
              <Fact name="Created">
                <Time at={watched.created_at} />
              </Fact>
              {agent && agent.disabled_at !== null && (
                <Fact name="Disabled">
                  <Time at={agent.disabled_at} />
                </Fact>
              )}
              {agent && (
                <Fact name="May use">
                  {agent.tools?.join(', ') ??
                    (agent.connectors === null
                      ? 'All that people let it use'
                      : `Of what people let it use: ${agent.connectors.join(', ') || 'nothing'}`)}
                </Fact>
              )}
            </Facts>
          </section>
          {agent && manages && (
            <section>
              <h2 className="mb-3 font-semibold">Change it</h2>
              <ChangeAgent action={saveAgent.bind(null, segment, agent.id)} agent={agent} />
            </section>
          )}
        </div>
      </div>

      {agent?.kind === 'registered' && (
        <Credentials
          tenant={tenant}
          agentId={uuid}
          segment={segment}
          path={`${base}/agents/${agent.id}`}
          asked={typeof add === 'string' ? add : null}
          manages={manages}
        />
      )}
      {agent && (
        <div className="mt-10">
          <ConnectClient tenant={tenant} />
        </div>
      )}
      {!isDeployment(tenant) && (
        <>
          {agent && (
            <Toolsets
              tenant={tenant}
              agentId={uuid}
              publicId={agent.id}
              segment={segment}
              manages={manages}
            />
          )}
          <Grants tenant={tenant} agentId={watched.id} base={base} />
        </>
      )}
    </ConsoleShell>
  )
}

const Disable = ({ agent, segment }: { agent: WatchedAgent; segment: string }) =>
  agent.status === 'active' ? (
    <ConfirmAction
      action={disableAgent.bind(null, segment, agent.id)}
      label="Disable"
      title={`Disable ${nameOf(agent)}?`}
      confirm="Disable now"
      variant="danger"
    >
      <p>Its next call is refused, with tokens that it has too. What people let it use stays on record.</p>
    </ConfirmAction>
  ) : (
    <ConfirmAction
      action={enableAgent.bind(null, segment, agent.id)}
      label="Enable"
      title={`Let ${nameOf(agent)} go on?`}
      confirm="Enable now"
    >
      <p>Its credentials that are in force count again, and so does what people let it use.</p>
    </ConfirmAction>
  )
