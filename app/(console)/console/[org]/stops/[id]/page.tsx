import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { AutoRefresh } from '#components/console/auto-refresh'
import { Fact, Facts } from '#components/console/facts'
import { ReleaseStop } from '#components/console/stops/stop-forms'
import { StopBadge, stopWords } from '#components/console/stops/stops-table'
import { Time } from '#components/console/time'
import { countStoppedCalls, lastCallOf, peopleIds } from '#lib/console'
import { countWords } from '#lib/console/schema'
import { type Permission, permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { getStop } from '#lib/limits'
import type { Stop } from '#lib/limits/schema'
import type { Tenant } from '#lib/proof'
import { toolNames } from '#runtime'
import { isDeployment, orNotFound, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { Who } from '../../../who.tsx'
import { releaseStop } from '../actions.ts'
import { namesOfStopped } from '../names.ts'

export const metadata: Metadata = { title: 'Stop' }

const link = 'text-link underline underline-offset-2'

export default async function StopPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireTenant(org, 'stops.read')
  const { tenant, caller } = admin
  const uuid = parseId('stop', id)
  if (uuid === null) notFound()
  const stop = await orNotFound(getStop(tenant, uuid))
  const list = `${pathOf(tenant)}/stops`
  const names = await namesOfStopped(caller, tenant, [stop])
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="stops">
      <Link href={list} className="text-sm text-link underline-offset-2 hover:underline">
        Stops
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {stopWords(stop.subject, names)}
        <StopBadge status={stop.status} />
      </h1>
      <div className="mt-6 grid gap-8">
        <Facts>
          <Fact name="Reason">{stop.reason}</Fact>
          <Fact name="Since">
            <Time at={stop.created_at} />
          </Fact>
          <Fact name="Until">
            <Time at={stop.until} absent="Somebody releases it" />
          </Fact>
          <Fact name="Stopped by">
            <Who tenant={tenant} reader={caller} actor={stop.placed_by} />
          </Fact>
          {stop.lifted_by !== null && (
            <>
              <Fact name="Released">
                <Time at={stop.lifted_at} />
              </Fact>
              <Fact name="Released by">
                <Who tenant={tenant} reader={caller} actor={stop.lifted_by} />
              </Fact>
              <Fact name="Why">{stop.lift_reason ?? 'Not said'}</Fact>
            </>
          )}
        </Facts>
        <section aria-labelledby="proof">
          <h2 id="proof" className="mb-3 font-semibold">
            Proof of stop
          </h2>
          <Proof tenant={tenant} stop={stop} />
          {stop.status === 'active' && <AutoRefresh seconds={5} />}
        </section>
        <Further tenant={tenant} stop={stop} may={(permission) => permits(caller.role, permission)} />
        {stop.status === 'active' && permits(caller.role, 'stops.manage') && (
          <section aria-labelledby="release">
            <h2 id="release" className="mb-3 font-semibold">
              Release
            </h2>
            <ReleaseStop action={releaseStop.bind(null, pathOf(tenant).slice('/console/'.length), stop.id)} />
          </section>
        )}
      </div>
    </ConsoleShell>
  )
}

/** Where to go on from a stop of one agent or person: what they did, what they hold, and the evidence of it. */
async function Further({
  tenant,
  stop: { subject },
  may,
}: {
  tenant: Tenant
  stop: Stop
  may: (permission: Permission) => boolean
}) {
  const { type, id } = subject
  if (isDeployment(tenant) || id === null || (type !== 'agent' && type !== 'user')) return null
  const base = pathOf(tenant)
  const agent = type === 'agent'
  const person = agent || !may('people.read') ? undefined : (await peopleIds(tenant, [id]))[id]
  const accounts = new URLSearchParams({ [agent ? 'agent_id' : 'user_id']: id })
  const evidence = new URLSearchParams({ [agent ? 'agent' : 'user']: id, range: '30d', format: 'json' })
  return (
    <section aria-labelledby="further">
      <h2 id="further" className="font-semibold">
        What next
      </h2>
      <p className="mt-1 mb-3 max-w-prose text-sm text-muted-fg">
        Consents and credentials are as they were: what should not come back is revoked.
      </p>
      <ul className="grid gap-1.5 text-sm">
        {agent && may('agents.read') && (
          <li>
            <Link href={`${base}/agents/${id}`} className={link}>
              What this agent did
            </Link>
          </li>
        )}
        {person !== undefined && (
          <li>
            <Link href={`${base}/people/${person}`} className={link}>
              What was done for this person
            </Link>
          </li>
        )}
        {may('accounts.read') && (
          <li>
            <Link href={`${base}/accounts?${accounts}`} className={link}>
              {agent ? 'Accounts that it may use or used' : 'Their accounts'}
            </Link>
          </li>
        )}
        {may('audit.export') && (
          <li>
            <a href={`${base}/audit/evidence?${evidence}`} className={link}>
              Evidence of the last 30 days, as a file that proves itself
            </a>
          </li>
        )}
      </ul>
    </section>
  )
}

const filterNames = { agent: 'agent_id', user: 'user_id', tool: 'tool_name' } as const

/** The last call that started before it ended, and what was refused while it held. */
async function Proof({ tenant, stop }: { tenant: Tenant; stop: Stop }) {
  const { type, id } = stop.subject
  if (isDeployment(tenant) || type === 'all')
    return (
      <p className="max-w-prose text-sm text-muted-fg">
        It holds in every organization; the activity of each shows the calls that were refused there.
      </p>
    )
  const over = stop.lifted_at ?? (stop.status === 'over' ? stop.until : null)
  const until = over === null ? undefined : new Date(over)
  const from = new Date(stop.created_at)
  const [last, refused] = await Promise.all([
    lastCallOf(tenant, { type, id }, { until }, toolNames),
    countStoppedCalls(tenant, { type, id }, { from, until }),
  ])
  const activity = new URLSearchParams({
    status: 'refused',
    ...(id !== null && type in filterNames && { [filterNames[type as keyof typeof filterNames]]: id }),
    since: stop.created_at,
    ...(until && { until: until.toISOString() }),
  })
  return (
    <Facts>
      <Fact name="Last call that started">
        {last === null ? (
          'None ever did'
        ) : (
          <>
            <Link href={`${pathOf(tenant)}/activity/${last.id}`} className={link}>
              {last.tool_name}
            </Link>
            , <Time at={last.at} />
          </>
        )}
      </Fact>
      <Fact name="Calls refused since">
        {refused.count === 0 ? (
          'None yet: nobody tried'
        ) : (
          <Link href={`${pathOf(tenant)}/activity?${activity}`} className={link}>
            {countWords(refused)}
          </Link>
        )}
      </Fact>
    </Facts>
  )
}
