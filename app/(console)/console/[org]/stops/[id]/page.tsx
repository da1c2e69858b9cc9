import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Fact, Facts } from '#components/console/facts'
import { ReleaseStop } from '#components/console/stops/stop-forms'
import { StopBadge, stopWords } from '#components/console/stops/stops-table'
import { Time } from '#components/console/time'
import { countStoppedCalls, lastCallOf } from '#lib/console'
import { countWords } from '#lib/console/schema'
import { permits } from '#lib/identity/schema'
import { parseId, publicId } from '#lib/ids'
import { getStop } from '#lib/limits'
import type { Stop } from '#lib/limits/schema'
import type { Tenant } from '#lib/proof'
import { toolNames } from '#runtime'
import { isDeployment, orNotFound, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
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
            <Who tenant={tenant} actor={stop.placed_by} linked={permits(caller.role, 'members.read')} />
          </Fact>
          {stop.lifted_by !== null && (
            <>
              <Fact name="Released">
                <Time at={stop.lifted_at} />
              </Fact>
              <Fact name="Released by">
                <Who tenant={tenant} actor={stop.lifted_by} linked={permits(caller.role, 'members.read')} />
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
        </section>
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

/** A member by their id as their page has it; whoever else it was by theirs. */
function Who({
  tenant,
  actor: { type, id },
  linked,
}: {
  tenant: Tenant
  actor: Stop['placed_by']
  linked: boolean
}) {
  const shown = type === 'member' ? publicId('member', id) : id
  const words = <code className="font-mono text-xs break-all">{shown}</code>
  if (type !== 'member' || !linked) return words
  return (
    <Link href={`${pathOf(tenant)}/members/${shown}`} className={link}>
      {words}
    </Link>
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
