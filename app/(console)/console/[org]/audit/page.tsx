import type { Metadata } from 'next'
import { headers } from 'next/headers'
import Link from 'next/link'
import { EventList } from '#components/console/audit/event-list'
import { Facets } from '#components/console/audit/facets'
import { Live } from '#components/console/audit/live'
import { ReaderZone } from '#components/console/audit/reader-zone'
import { VerifyChain } from '#components/console/audit/verify-chain'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { exploreAudit, headOf, namesIn, tallyAudit } from '#lib/audit'
import { AppError } from '#lib/errors'
import { openCursor, sequenceShape } from '#lib/http'
import { permits } from '#lib/identity/schema'
import { originOf, viewed } from '#runtime'
import type { SearchParams } from '../../filters.ts'
import { hrefWith } from '../../href-with.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { verifyChain } from './actions.ts'
import { readAsked } from './asked.ts'
import { Downloads } from './downloads.tsx'
import { facetsOf } from './facets-of.ts'
import { Histogram } from './histogram.tsx'
import { OpenEvent } from './open-event.tsx'
import { Chips, SearchForm } from './search-form.tsx'

export const metadata: Metadata = { title: 'Audit' }

const rowsMost = 50

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

const entriesOf = (query: Awaited<SearchParams>): [string, string][] =>
  Object.entries(query).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.at(-1) : value
    return text === undefined ? [] : [[name, text]]
  })

/** The number to go on from; a cursor of another list is as none. */
function beforeOf(cursor: string | undefined): string | null {
  try {
    return openCursor(cursor, sequenceShape)
  } catch (thrown) {
    if (thrown instanceof AppError) return null
    throw thrown
  }
}

export default async function AuditPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'audit.read')
  const { tenant } = admin
  const base = pathOf(tenant)
  const path = `${base}/audit`
  const query = entriesOf(await searchParams)
  const asked = await readAsked(tenant, query)
  const { given, filter, range, fault } = asked
  const { cursor, event: open = null } = Object.fromEntries(query)
  const before = beforeOf(cursor)
  // Written before anything is read: who looks sees that they looked, and their live view does not begin with it.
  await viewed(tenant, admin.caller, originOf(await headers()), 'audit')
  const head = Number(await headOf(tenant))
  const [found, tally] = await Promise.all([
    fault === null ? exploreAudit(tenant, filter, before, rowsMost) : null,
    fault === null ? tallyAudit(tenant, filter) : null,
  ])
  const events = found?.events ?? []
  const names = await namesIn(tenant, events)
  const here = cursor === undefined ? {} : { cursor }
  const hrefOfEvent = (id: string) => hrefWith(path, given, { ...here, event: id })
  const changes = filter.view === 'changes'
  const empty = found !== null && events.length === 0
  const older = found?.next
    ? hrefWith(path, given, { cursor: Buffer.from(found.next).toString('base64url') })
    : null
  const narrowed = Object.keys(given).some((name) => !['range', 'since', 'until'].includes(name))
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="audit">
      <ReaderZone />
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">
            {isDeployment(tenant) ? 'Audit of the deployment' : 'Audit'}
          </h1>
          <p className="mt-1 text-sm text-muted-fg">
            Every decision, in one chain. Open an event to see whether it is as it was written.
          </p>
        </div>
        <nav aria-label="Which events" className="flex gap-1 text-sm print:hidden">
          {[
            { words: 'All events', view: null, on: !changes },
            { words: 'Control changes', view: 'changes', on: changes },
          ].map(({ words, view, on }) => (
            <Link
              key={words}
              href={hrefWith(path, given, { view })}
              aria-current={on ? 'page' : undefined}
              className="inline-flex min-h-8 items-center rounded-control px-3 text-muted-fg hover:bg-muted aria-[current]:bg-accent aria-[current]:font-medium aria-[current]:text-fg"
            >
              {words}
            </Link>
          ))}
        </nav>
      </div>
      <div className="mt-4 grid gap-4">
        <SearchForm path={path} given={given} range={range} />
        <Chips path={path} given={given} />
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {tally && tally.total > 0 && (
          // Where there is room for one thing, an event that is open is that.
          <div className={open === null ? '' : 'hidden xl:block'}>
            <Histogram tally={tally} path={path} given={given} />
          </div>
        )}
        <div
          className={
            open === null
              ? 'grid gap-4 lg:grid-cols-[13rem_minmax(0,1fr)] lg:gap-6'
              : 'grid gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(22rem,30rem)]'
          }
        >
          {open === null && tally && (
            <Facets facets={facetsOf(tally, names, given, path)} share={tally.share} />
          )}
          <div className={`grid min-w-0 content-start gap-4 ${open === null ? '' : 'hidden xl:grid'}`}>
            {before === null && filter.until === undefined && fault === null && (
              <Live
                href={hrefWith(`${path}/tail`, given, { range: 'all' })}
                after={Math.max(head, events[0]?.sequence ?? 0)}
                event={hrefWith(path, given, { event: '__EVENT__' })}
              />
            )}
            {empty && found.lookedTo === null && (
              <Empty title={narrowed ? 'No event matches' : 'Nothing happened in this time'}>
                {range === 'all' ? (
                  'Every decision about this organization is recorded here.'
                ) : (
                  <Link
                    href={hrefWith(path, given, { range: 'all', since: null, until: null })}
                    className="text-link underline-offset-2 hover:underline"
                  >
                    Look at all time
                  </Link>
                )}
              </Empty>
            )}
            {events.length > 0 && (
              <EventList events={events} names={names} open={open} hrefOf={hrefOfEvent} />
            )}
            {found && found.lookedTo !== null && (
              <Alert>
                Looked back to event {found.lookedTo.toLocaleString('en-GB')}, and older events were not
                looked at yet. A narrower time, a person, an agent or an account is found at once.
              </Alert>
            )}
            <nav aria-label="Pages" className="flex justify-between gap-3 text-sm print:hidden">
              {before === null ? <span /> : <PageLink href={hrefWith(path, given)}>Back to newest</PageLink>}
              {older !== null && (
                <PageLink href={older}>{found?.lookedTo === null ? 'Older' : 'Look further back'}</PageLink>
              )}
            </nav>
          </div>
          {open !== null && (
            <OpenEvent
              tenant={tenant}
              id={open}
              base={base}
              role={admin.caller.role}
              close={hrefWith(path, given, here)}
              given={given}
              cursor={cursor ?? null}
            />
          )}
        </div>
        {fault === null && permits(admin.caller.role, 'audit.export') && (
          <Downloads path={path} given={given} reports={isDeployment(tenant) ? null : `${base}/reports`} />
        )}
        <section aria-label="The whole chain" className="print:hidden">
          <VerifyChain action={verifyChain.bind(null, base.slice('/console/'.length))} />
        </section>
      </div>
    </ConsoleShell>
  )
}

const PageLink = ({ href, children }: { href: string; children: string }) => (
  <Link
    href={href}
    className="inline-flex min-h-8 items-center rounded-control border border-border px-3 hover:bg-muted"
  >
    {children}
  </Link>
)
