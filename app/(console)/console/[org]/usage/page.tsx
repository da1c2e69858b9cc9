import type { Metadata } from 'next'
import Link from 'next/link'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { callUsage, consentUsage, latencyOf, renewalUsage, volumesOf } from '#lib/console'
import { listAgents } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import { listLimits, standingsOf } from '#lib/limits'
import { connectorNames } from '../../connector-names.ts'
import type { SearchParams } from '../../filters.ts'
import { hrefWith } from '../../href-with.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { namesOf } from '../accounts/[id]/grantees.ts'
import { type AskedUsage, readUsage } from './asked.ts'
import { budgetsOf } from './budgets.ts'
import { Filters, Heading, momentWords } from './controls.tsx'
import { Costs } from './costs.tsx'
import { OrgsUsage } from './deployment.tsx'
import { Forecast } from './forecast.tsx'
import { Calls, Consents, Latency, type Pictured, Refusals, Renewals, Scopes } from './pictures.tsx'
import { totalOf } from './words.ts'

export const metadata: Metadata = { title: 'Usage' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }
type Admin = Awaited<ReturnType<typeof requireTenant>>

/** As many as can be chosen from; and as many limits as an organization may have. */
const agentsMost = 100
const limitsMost = 100

export default async function UsagePage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'usage.read')
  const { tenant } = admin
  const now = new Date()
  const asked = await readUsage(searchParams, now)
  const org = await orgOf(tenant)
  const path = `${pathOf(tenant)}/usage`
  return (
    <ConsoleShell admin={admin} org={org} here="usage">
      <div className="grid gap-6">
        <Heading
          title={isDeployment(tenant) ? 'Usage of the deployment' : 'Usage'}
          whose={org?.name ?? 'All organizations'}
          asked={asked}
          now={now}
          path={path}
        />
        {isDeployment(tenant) ? (
          <>
            <Filters path={path} asked={asked} agents={null} />
            <OrgsUsage asked={asked} path={path} />
          </>
        ) : (
          <OrgUsage admin={admin} asked={asked} path={path} now={now} />
        )}
      </div>
    </ConsoleShell>
  )
}

async function OrgUsage({
  admin: { tenant, caller },
  asked,
  path,
  now,
}: {
  admin: Admin
  asked: AskedUsage
  path: string
  now: Date
}) {
  const { range, filter, given } = asked
  const [usage, latency, renewals, { funnel, scopes }, volumes, agents, limits, standings] =
    await Promise.all([
      callUsage(tenant, range, filter),
      latencyOf(tenant, range, filter),
      renewalUsage(tenant, range, filter),
      consentUsage(tenant, range, filter),
      volumesOf(tenant, now),
      listAgents(tenant, null, agentsMost),
      listLimits(tenant, null, limitsMost),
      standingsOf(tenant),
    ])
  const known = new Map(agents.map(({ id, name }) => [id, name]))
  const others = usage.agents.flatMap(({ agent }) => (agent === null || known.has(agent) ? [] : [agent]))
  const names = { ...Object.fromEntries(known), ...(await namesOf(caller, tenant, others)) }
  const at: Pictured = {
    range,
    base: pathOf(tenant),
    file: (table) => hrefWith(`${path}/export`, given, { table }),
    zoom: hrefWith(path, given, { range: null, since: '__SINCE__', until: '__UNTIL__' }),
    agentName: (id) => (id === null ? 'The product itself' : (names[id] ?? id)),
    connectorName: (id) => connectorNames[id] ?? id,
  }
  const { renewed, held, failed } = renewals.total
  const nothing = totalOf(usage.total) + renewed + held + failed + funnel.started === 0
  const chosen = [...new Set([...known.keys(), ...(filter.agent?.startsWith('ag_') ? [filter.agent] : [])])]
  return (
    <>
      <Filters path={path} asked={asked} agents={chosen.map((id) => ({ id, name: at.agentName(id) }))} />
      {usage.toldThrough && (
        <Alert>
          So many calls were made that the worker counts them first.{' '}
          {usage.toldThrough > range.since
            ? `Calls up to ${momentWords(usage.toldThrough)} are told; later ones follow.`
            : 'None of this time are told yet; they follow.'}
        </Alert>
      )}
      {nothing && !usage.toldThrough ? (
        <Nothing ever={volumes.days.length > 0} base={at.base} />
      ) : (
        <div className="grid gap-4">
          <Calls usage={usage} at={at} />
          <div className="grid gap-4 xl:grid-cols-2 print:grid-cols-1">
            <Refusals usage={usage} at={at} />
            <Costs
              usage={usage}
              budgets={filter.connector === undefined ? budgetsOf(limits, standings) : null}
              mayReadLimits={permits(caller.role, 'limits.read')}
              at={at}
            />
            <Latency found={latency} at={at} />
            <Renewals usage={renewals} at={at} />
            <Consents funnel={funnel} at={at} />
            <Scopes scopes={scopes} at={at} />
          </div>
        </div>
      )}
      <Forecast path={path} asked={asked} volumes={volumes} file={at.file('days')} />
    </>
  )
}

const Nothing = ({ ever, base }: { ever: boolean; base: string }) => (
  <Empty
    title={ever ? 'Nothing was used in this time' : 'Nothing has been used yet'}
    action={
      <Link
        href={ever ? `${base}/usage?range=30d` : `${base}/accounts`}
        className="text-sm text-link underline-offset-2 hover:underline"
      >
        {ever ? 'Look at the last 30 days' : 'See connections'}
      </Link>
    }
  >
    {ever
      ? 'Choose another time, agent or connector.'
      : 'Once a user has connected an account and a tool has been called, its calls are told here: POST /api/v1/connect_sessions, then POST /api/v1/tools/execute.'}
  </Empty>
)
