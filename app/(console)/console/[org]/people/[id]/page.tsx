import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { AccountsTable } from '#components/console/accounts-table'
import { CallSentence, CallStatus } from '#components/console/calls'
import { ConfirmAction } from '#components/console/confirm-action'
import { Fact, Facts } from '#components/console/facts'
import { Time } from '#components/console/time'
import { Visible } from '#components/console/visible-text'
import { Badge } from '#components/ui/badge'
import { buttonClass } from '#components/ui/button'
import { Table, Td, Th } from '#components/ui/table'
import { listAgentGrants } from '#lib/connect'
import { listAccounts } from '#lib/consent'
import { getPerson, listCalls } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { getOrg } from '#lib/tenancy'
import { connectorNames } from '../../../connector-names.ts'
import { orNotFound, pathOf, requireOrg } from '../../../session.ts'
import { ConsoleShell } from '../../../shell.tsx'
import { namesOf } from '../../accounts/[id]/grantees.ts'
import { PersonBadge } from '../list.tsx'
import { setDeactivated } from './actions.ts'

export const metadata: Metadata = { title: 'Person' }

const most = 50

export default async function PersonPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireOrg(org, 'people.read', `people/${id}`)
  const { tenant, caller } = admin
  const uuid = parseId('end_user', id)
  if (uuid === null) notFound()
  const person = await orNotFound(getPerson(tenant, uuid))
  const [accounts, grants, calls] = await Promise.all([
    listAccounts(tenant, { user_id: person.user_id }, null, most),
    listAgentGrants(tenant, { user_id: person.user_id }, null, most),
    listCalls(tenant, { user_id: person.user_id }, null, 10),
  ])
  const names = await namesOf(
    caller,
    tenant,
    grants.map(({ agent_id }) => agent_id),
  )
  const base = pathOf(tenant)
  const user = encodeURIComponent(person.user_id)
  const segment = base.slice('/console/'.length)
  const { user_id } = person
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="people">
      <Link href={`${base}/people`} className="text-sm text-link underline-offset-2 hover:underline">
        People
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {user_id}
        <PersonBadge status={person.status} />
      </h1>
      <div className="mt-5 flex flex-wrap items-start gap-3">
        {permits(caller.role, 'people.manage') && (
          <ConfirmAction
            action={setDeactivated.bind(null, segment, person.id, person.status === 'active')}
            label={person.status === 'active' ? 'Deactivate' : 'Reactivate'}
            title={person.status === 'active' ? `Deactivate ${user_id}?` : `Reactivate ${user_id}?`}
            confirm={person.status === 'active' ? 'Deactivate now' : 'Reactivate'}
            variant={person.status === 'active' ? 'danger' : 'primary'}
          >
            {person.status === 'active' ? (
              <>
                <p>
                  All their accounts are revoked at once, here and at the providers. No agent acts for them.
                </p>
                <p>They can connect nothing until somebody reactivates them.</p>
              </>
            ) : (
              <p>They may connect again. Accounts that were revoked stay revoked.</p>
            )}
          </ConfirmAction>
        )}
        {permits(caller.role, 'stops.manage') && (
          <Link
            href={`${base}/stops/new?step=confirm&type=user&id=${user}`}
            className={buttonClass({ variant: 'secondary' })}
          >
            Stop
          </Link>
        )}
        {permits(caller.role, 'revocations.manage') && person.accounts > 0 && (
          <Link
            href={`${base}/revocations/new?step=confirm&user_id=${user}`}
            className={buttonClass({ variant: 'secondary' })}
          >
            Revoke their accounts
          </Link>
        )}
      </div>

      <section className="mt-8" aria-labelledby="details">
        <h2 id="details" className="mb-3 font-semibold">
          Details
        </h2>
        <Facts>
          {person.name && (
            <Fact name="Name">
              <Visible text={person.name} />
            </Fact>
          )}
          {person.email && (
            <Fact name="E-mail">
              <Visible text={person.email} />
            </Fact>
          )}
          {person.groups.length > 0 && (
            <Fact name="Groups">
              <Visible text={person.groups.join(', ')} />
            </Fact>
          )}
          <Fact name="Id">
            <code className="font-mono text-xs break-all">{person.id}</code>
          </Fact>
          <Fact name="Known since">
            <Time at={person.created_at} />
          </Fact>
          <Fact name="Last used for them">
            <Time at={person.last_seen_at} />
          </Fact>
          <Fact name="Consents given">
            {permits(caller.role, 'receipts.read') ? (
              <Link
                href={`${base}/receipts?user_id=${user}`}
                className="text-link underline-offset-2 hover:underline"
              >
                {person.consents}
              </Link>
            ) : (
              person.consents
            )}
          </Fact>
        </Facts>
      </section>

      <section className="mt-10" aria-labelledby="accounts">
        <h2 id="accounts" className="mb-3 font-semibold">
          Connected accounts
        </h2>
        {accounts.length === 0 ? (
          <p className="text-sm text-muted-fg">They have connected nothing.</p>
        ) : (
          <AccountsTable
            accounts={accounts}
            connectorNames={connectorNames}
            pathOf={(account) => `${base}/accounts/${account.id}`}
          />
        )}
      </section>

      <section className="mt-10" aria-labelledby="agents">
        <h2 id="agents" className="mb-3 font-semibold">
          Agents that they let in
        </h2>
        {grants.length === 0 ? (
          <p className="text-sm text-muted-fg">They let in none by signing in with one.</p>
        ) : (
          <Table label="Agents that they let in">
            <thead>
              <tr>
                <Th>Agent</Th>
                <Th>State</Th>
                <Th>Let in</Th>
              </tr>
            </thead>
            <tbody>
              {grants.map((grant) => (
                <tr key={grant.id}>
                  <Td className="wrap-anywhere">
                    <Link
                      href={`${base}/agents/${grant.agent_id}`}
                      className="text-link underline-offset-2 hover:underline"
                    >
                      <Visible text={names[grant.agent_id] ?? grant.agent_id} />
                    </Link>
                  </Td>
                  <Td>
                    <Badge tone={grant.status === 'active' ? 'success' : 'neutral'}>
                      {{ active: 'Active', revoked: 'Taken back', expired: 'Over' }[grant.status]}
                    </Badge>
                  </Td>
                  <Td className="whitespace-nowrap">
                    <Time at={grant.created_at} />
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
        )}
      </section>

      <section className="mt-10" aria-labelledby="calls">
        <h2 id="calls" className="mb-3 font-semibold">
          What agents did for them last
        </h2>
        {calls.length === 0 ? (
          <p className="text-sm text-muted-fg">No call was made for them.</p>
        ) : (
          <>
            <ul className="divide-y divide-border rounded-card border border-border bg-card">
              {calls.map((call) => (
                <li key={call.id} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-3 text-sm">
                  <Link
                    href={`${base}/activity/${call.id}`}
                    className="min-w-0 flex-1 text-link underline-offset-2 wrap-anywhere hover:underline"
                  >
                    <CallSentence call={call} />
                  </Link>
                  <CallStatus status={call.status} />
                  <span className="text-xs text-muted-fg">
                    <Time at={call.at} />
                  </span>
                </li>
              ))}
            </ul>
            <Link
              href={`${base}/activity?user_id=${user}`}
              className="mt-3 inline-block text-sm text-link underline-offset-2 hover:underline"
            >
              All calls for them
            </Link>
          </>
        )}
      </section>
    </ConsoleShell>
  )
}
