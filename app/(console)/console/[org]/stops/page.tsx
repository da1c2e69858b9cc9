import type { Metadata } from 'next'
import Link from 'next/link'
import { z } from 'zod'
import { Pager } from '#components/console/pager'
import { StopsTable } from '#components/console/stops/stops-table'
import { Alert } from '#components/ui/alert'
import { buttonClass } from '#components/ui/button'
import { Empty } from '#components/ui/empty'
import { cursorOf, page, uuidShape } from '#lib/http'
import { permits } from '#lib/identity/schema'
import { listStops } from '#lib/limits'
import type { Stop } from '#lib/limits/schema'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { namesOfStopped } from './names.ts'

export const metadata: Metadata = { title: 'Stops' }

/** Of those in force: they are few, and all of them matter. */
const activeMost = 200

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function StopsPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'stops.read')
  const { tenant, caller } = admin
  const path = `${pathOf(tenant)}/stops`
  const everywhere = isDeployment(tenant)
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const [active, rows] = await Promise.all([
    listStops(tenant, { status: 'active' }, null, activeMost),
    fault === null ? listStops(tenant, {}, before, rowsMost + 1) : [],
  ])
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('stop'))
  const past = data.filter(({ status }) => status !== 'active')
  const names = await namesOfStopped(caller, tenant, [...active, ...past])
  const hrefFor = ({ id }: Stop) => `${path}/${id}`
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="stops">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">
            {everywhere ? 'Stops over every organization' : 'Stops'}
          </h1>
          <p className="mt-1 max-w-prose text-sm text-muted-fg">
            A stop holds calls back at once, in every process, until it is released. Consents and credentials
            stay as they are: to end those,{' '}
            {permits(caller.role, 'revocations.read') ? (
              <Link href={`${pathOf(tenant)}/revocations`} className="text-link underline underline-offset-2">
                revoke
              </Link>
            ) : (
              'revoke'
            )}
            .
          </p>
        </div>
        {permits(caller.role, 'stops.manage') && (
          <Link href={`${path}/new`} className={buttonClass({ variant: 'danger' })}>
            Stop calls
          </Link>
        )}
      </div>
      <div className="mt-6 grid gap-8">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        <section aria-labelledby="in-force">
          <h2 id="in-force" className="mb-3 font-semibold">
            In force
          </h2>
          {active.length === 0 ? (
            <Empty title="Nothing is stopped">
              {everywhere
                ? 'What an organization stopped is on its own page.'
                : 'Calls go on as people and policies allow them.'}
            </Empty>
          ) : (
            <StopsTable label="Stops in force" stops={active} names={names} pathOf={hrefFor} />
          )}
        </section>
        {past.length > 0 && (
          <section aria-labelledby="past">
            <h2 id="past" className="mb-3 font-semibold">
              Past
            </h2>
            <StopsTable label="Past stops" stops={past} names={names} pathOf={hrefFor} />
          </section>
        )}
      </div>
      <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
    </ConsoleShell>
  )
}
