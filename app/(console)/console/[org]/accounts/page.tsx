import type { Metadata } from 'next'
import Link from 'next/link'
import { IncidentBanner } from '#components/console/incidents'
import { statusChoices } from '#components/console/status'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { heldThroughDeployment, openIncidents } from '#lib/connect'
import { countConnections, viewsOf } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { getOrg } from '#lib/tenancy'
import { connectorNames } from '../../connector-names.ts'
import { rowsMost, type SearchParams } from '../../filters.ts'
import { ListView } from '../../list/list-view.tsx'
import { scopeRules } from '../../scope-rules.ts'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { pauseSelected, revokeSelected } from './actions.ts'
import { askConnections, attentionChoices, columns, readConnections } from './list.tsx'

export const metadata: Metadata = { title: 'Connected accounts' }

const fields = [
  { name: 'user_id', label: 'User' },
  {
    name: 'connector',
    label: 'Connector',
    choices: Object.entries(connectorNames).map(([value, words]) => ({ value, words })),
  },
  { name: 'status', label: 'Status', choices: statusChoices },
  { name: 'attention', label: 'Needs attention', choices: attentionChoices },
  { name: 'agent_id', label: 'Agent (ag_…)' },
]

/** Counted before "all that match" is offered; beyond it they are simply many. */
const matchingMost = 10_000

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function AccountsPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'accounts.read')
  const { tenant, caller } = admin
  const path = `${pathOf(tenant)}/accounts`
  const { paused, more, ...rest } = await searchParams
  const views = await viewsOf({ home: caller.home, memberId: caller.memberId }, 'accounts')
  const asked = await askConnections(Promise.resolve(rest), views.last)
  const page =
    asked.fault === null
      ? await readConnections(tenant, asked, asked.before, rowsMost)
      : { rows: [], next: null }
  const mayEnd = permits(caller.role, 'revocations.manage')
  const mayPause = permits(caller.role, 'accounts.manage')
  const [incidents, matching] = await Promise.all([
    Promise.all([openIncidents(tenant), heldThroughDeployment(tenant)]).then((both) => both.flat()),
    (mayEnd || mayPause) && page.next !== null
      ? countConnections(tenant, asked.filter, matchingMost, scopeRules)
      : null,
  ])
  const segment = pathOf(tenant).slice('/console/'.length)
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="accounts">
      <h1 className="text-xl font-semibold tracking-tight">Connected accounts</h1>
      <div className="mt-5 grid gap-5">
        <IncidentBanner
          incidents={incidents}
          connectorNames={connectorNames}
          href={`${pathOf(tenant)}/incidents`}
        />
        <ListView
          list="accounts"
          label="Connected accounts"
          path={path}
          fields={fields}
          columns={columns}
          context={{ path }}
          asked={asked}
          rows={page.rows}
          next={page.next}
          keyOf={({ id }) => id}
          nameOf={({ account, user_id }) => `${account.label} of ${user_id}`}
          bulk={[
            ...(mayPause ? [{ words: 'Pause', to: pauseSelected.bind(null, segment, asked.query) }] : []),
            ...(mayEnd ? [{ words: 'Revoke', to: revokeSelected.bind(null, segment), danger: true }] : []),
          ]}
          matching={matching}
          views={views.named}
          mayExport
          among={typeof paused === 'string' && <Paused paused={paused} more={more === '1'} />}
          nothing={
            <Empty
              title="No account is connected yet"
              action={
                permits(caller.role, 'connectors.read') && (
                  <Link
                    href={`${pathOf(tenant)}/connectors`}
                    className="text-sm text-link underline underline-offset-2"
                  >
                    Which connectors are ready
                  </Link>
                )
              }
            >
              Accounts appear here when a user of this organization finishes a connect session.
            </Empty>
          }
        />
      </div>
    </ConsoleShell>
  )
}

const Paused = ({ paused, more }: { paused: string; more: boolean }) => {
  const count = Number(paused) || 0
  return (
    <Alert tone={more ? 'warning' : 'success'}>
      {count === 1 ? '1 account is' : `${count} accounts are`} paused now: their next calls are refused.
      {more && ' There are more that match: select them and pause again.'}
    </Alert>
  )
}
