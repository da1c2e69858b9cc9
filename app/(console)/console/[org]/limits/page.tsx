import type { Metadata } from 'next'
import { ConfirmAction } from '#components/console/confirm-action'
import { ChangeLimit, NewLimit } from '#components/console/limits/limit-forms'
import { type LimitRow, LimitsTable } from '#components/console/limits/limits-table'
import { Empty } from '#components/ui/empty'
import { permits } from '#lib/identity/schema'
import { type LimitStanding, listLimits, standingsOf } from '#lib/limits'
import type { Limit } from '#lib/limits/schema'
import { getOrg } from '#lib/tenancy'
import { connectorNames } from '../../connector-names.ts'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { namesOf } from '../accounts/[id]/grantees.ts'
import { changeLimit, removeLimit, setLimit } from './actions.ts'

export const metadata: Metadata = { title: 'Limits' }

/** As many as an organization may have. */
const limitsMost = 100

type Names = Readonly<Record<string, string>>

const onlyWords = (limit: Limit | undefined, names: Names): string | null => {
  if (!limit) return null
  const { agent_id, user_id, tool_name, connector } = limit
  const parts = [
    agent_id !== null && `agent ${names[agent_id] ?? agent_id}`,
    user_id !== null && `user ${user_id}`,
    tool_name !== null && `tool ${tool_name}`,
    connector !== null && `connector ${connectorNames[connector] ?? connector}`,
  ].filter((part) => part !== false)
  return parts.length === 0 ? null : parts.join(', ')
}

const whereWords = ({ subject }: LimitStanding, names: Names): string =>
  Object.values(subject)
    .map((value) => names[value] ?? value)
    .join(', ')

export default async function LimitsPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireOrg((await params).org, 'limits.read', 'limits')
  const { tenant, caller } = admin
  const mayManage = permits(caller.role, 'limits.manage')
  const segment = pathOf(tenant).slice('/console/'.length)
  const [limits, standings] = await Promise.all([listLimits(tenant, null, limitsMost), standingsOf(tenant)])
  const own = new Map(limits.map((limit) => [limit.id, limit]))
  const names = await namesOf(caller, tenant, [
    ...limits.flatMap(({ agent_id }) => agent_id ?? []),
    ...standings.flatMap(({ subject }) => subject.agent_id ?? []),
  ])
  const rows = standings.map((standing): LimitRow => {
    const id = standing.limit_id
    return {
      key: id ?? standing.name,
      name: standing.name,
      kind: standing.kind,
      most: standing.most,
      windowSeconds: standing.window_seconds,
      per: standing.per,
      only: onlyWords(own.get(id ?? ''), names),
      isDefault: id === null,
      used: standing.used,
      where: whereWords(standing, names),
      act: id !== null && (
        <div className="flex flex-wrap items-start gap-2">
          <ChangeLimit
            key={standing.most}
            action={changeLimit.bind(null, segment, id)}
            name={standing.name}
            most={standing.most}
          />
          <ConfirmAction
            action={removeLimit.bind(null, segment, id)}
            label="Remove"
            title={`Remove ${standing.name}?`}
            confirm="Remove limit"
            variant="danger"
          >
            <p>From the next call on nothing is held against it any more.</p>
          </ConfirmAction>
        </div>
      ),
    }
  })
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="limits">
      <h1 className="text-xl font-semibold tracking-tight">Limits</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        How much may be called, by whom and of what. A call beyond a limit is refused before anything reaches
        the provider, and may be made later. What is used now is shown where it is used most.
      </p>
      <div className="mt-6 grid gap-8">
        {rows.length === 0 ? (
          <Empty title="Nothing is limited">
            {mayManage ? 'Set a limit below.' : 'An owner or a security admin sets limits.'}
          </Empty>
        ) : (
          <LimitsTable limits={rows} acts={mayManage && limits.length > 0} />
        )}
        {mayManage && (
          <section aria-labelledby="new-limit">
            <h2 id="new-limit" className="mb-3 font-semibold">
              New limit
            </h2>
            <NewLimit action={setLimit.bind(null, segment)} />
          </section>
        )}
      </div>
    </ConsoleShell>
  )
}
