import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { CallStatus, callSentence } from '#components/console/calls'
import { Fact, Facts } from '#components/console/facts'
import { Time } from '#components/console/time'
import { Visible } from '#components/console/visible-text'
import { getCall, peopleIds } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { getOrg } from '#lib/tenancy'
import { orNotFound, pathOf, requireOrg } from '../../../session.ts'
import { ConsoleShell } from '../../../shell.tsx'
import { namesOf } from '../../accounts/[id]/grantees.ts'

export const metadata: Metadata = { title: 'Call' }

const link = 'text-link underline underline-offset-2'
const code = (text: string) => <code className="font-mono text-xs break-all">{text}</code>
const scopes = (names: readonly string[]) => (names.length === 0 ? 'None' : code(names.join(' ')))

export default async function CallPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireOrg(org, 'activity.read', `activity/${id}`)
  const { tenant, caller } = admin
  const uuid = parseId('execution', id)
  if (uuid === null) notFound()
  const call = await orNotFound(getCall(tenant, uuid))
  const [names, people] = await Promise.all([
    namesOf(caller, tenant, [...call.actors, ...(call.actor.type === 'agent' ? [call.actor.id] : [])]),
    peopleIds(tenant, call.user_id === null ? [] : [call.user_id]),
  ])
  const base = pathOf(tenant)
  const may = (permission: Parameters<typeof permits>[1]) => permits(caller.role, permission)
  const person = call.user_id === null ? undefined : people[call.user_id]
  const agent = (agentId: string) => (
    <Link href={`${base}/agents/${agentId}`} className={link}>
      <Visible text={names[agentId] ?? agentId} />
    </Link>
  )
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="activity">
      <Link href={`${base}/activity`} className={`text-sm ${link}`}>
        Activity
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {call.tool_name}
        <CallStatus status={call.status} />
      </h1>
      <p className="mt-1 text-sm text-muted-fg wrap-anywhere">
        <Visible text={callSentence(call, names)} />.
      </p>

      <div className="mt-8 grid gap-10 lg:grid-cols-2">
        <section aria-labelledby="who">
          <h2 id="who" className="mb-3 font-semibold">
            Who, for whom, with what
          </h2>
          <Facts>
            <Fact name="Who acted">
              {call.actor.type === 'agent'
                ? agent(call.actor.id)
                : code(`${call.actor.type}:${call.actor.id}`)}
            </Fact>
            {call.actors.length > 1 && (
              <Fact name="Chain, first caller first">
                <ol className="grid list-inside list-decimal gap-0.5">
                  {call.actors.map((one) => (
                    <li key={one}>{agent(one)}</li>
                  ))}
                </ol>
              </Fact>
            )}
            <Fact name="For">
              {person && may('people.read') ? (
                <Link href={`${base}/people/${person}`} className={link}>
                  {call.user_id}
                </Link>
              ) : (
                call.user_id
              )}
            </Fact>
            {call.connected_account_id && (
              <Fact name="Account">
                <Link href={`${base}/accounts/${call.connected_account_id}`} className={link}>
                  {call.account_label ?? call.connected_account_id}
                </Link>
              </Fact>
            )}
            {call.connection_id && may('receipts.read') && (
              <Fact name="Under the consent">
                <a href={`${base}/receipts/${call.connection_id}`} className={link}>
                  Receipt
                </a>{' '}
                {code(call.connection_id)}
              </Fact>
            )}
            <Fact name="Scopes that it needed">{scopes(call.scopes_required)}</Fact>
            <Fact name="Scopes that were granted">{scopes(call.scopes_granted)}</Fact>
          </Facts>
        </section>

        <section aria-labelledby="how">
          <h2 id="how" className="mb-3 font-semibold">
            What became of it
          </h2>
          <Facts>
            <Fact name="Asked at">
              <Time at={call.at} />
            </Fact>
            <Fact name="Took">
              {call.duration_ms === null ? 'Not over' : `${call.duration_ms.toLocaleString('en')} ms`}
            </Fact>
            <Fact name="Effect">{call.effect}</Fact>
            {call.error_code && <Fact name="Error">{code(call.error_code)}</Fact>}
            <Fact name="Decision">
              {call.decision?.decision ?? 'None was asked for'}
              {call.decision?.engine && ` by ${call.decision.engine}`}
            </Fact>
            {(call.decision?.policy_ids?.length ?? 0) > 0 && (
              <Fact name="Policies">{code(call.decision?.policy_ids?.join(' ') ?? '')}</Fact>
            )}
            <Fact name="What it carried">
              <span className="text-muted-fg">
                Masked. The parameters are sealed; the audit has their keyed digest, by which a copy can be
                compared.
              </span>
            </Fact>
            <Fact name="Id">{code(call.id)}</Fact>
            {call.trace_id && <Fact name="Trace">{code(call.trace_id)}</Fact>}
            {may('audit.read') && call.connected_account_id && (
              <Fact name="Audit">
                <Link
                  href={`${base}/audit?action=tool.executed&connected_account_id=${call.connected_account_id}`}
                  className={link}
                >
                  Events of this account
                </Link>
              </Fact>
            )}
          </Facts>
        </section>
      </div>
    </ConsoleShell>
  )
}
