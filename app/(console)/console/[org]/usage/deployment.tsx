import { Ranked } from '#components/console/chart/ranked'
import { Empty } from '#components/ui/empty'
import { hrefWith } from '../../href-with.ts'
import type { AskedUsage } from './asked.ts'
import { Csv } from './controls.tsx'
import { named, orgsByUse } from './everywhere.ts'
import { callsOf, costFinding, number, percent, things } from './words.ts'

const orgsMost = 20

const hourShape = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** What each organization used, for the deployment's operators. */
export async function OrgsUsage({ asked, path }: { asked: AskedUsage; path: string }) {
  const lines = await orgsByUse(asked.range)
  const active = lines.filter(({ total }) => total > 0)
  const through = lines.flatMap((line) => line.through ?? [])
  const counted = through.length === 0 ? null : new Date(Math.max(...through.map((at) => at.getTime())))
  if (active.length === 0)
    return (
      <Empty title="No organization called anything in this time">
        {counted === null
          ? 'Calls are counted by the worker, an hour after they were made at the latest.'
          : `Calls are counted up to ${hourShape.format(counted)} UTC.`}
      </Empty>
    )
  const shown = await named(active.slice(0, orgsMost))
  const units = active.reduce((sum, one) => sum + one.units, 0)
  const calls = active.reduce((sum, one) => sum + one.total, 0)
  const [first] = shown
  const hidden = active.length - shown.length
  return (
    <Ranked
      kicker="Cost by organization"
      title={costFinding(units, first && { name: first.name, units: first.units })}
      description={`${callsOf(calls)} of ${things(active.length, 'organization', 'organizations')}${counted ? `, counted up to ${hourShape.format(counted)} UTC` : ''}.${hidden > 0 ? ` ${things(hidden, 'smaller one is', 'smaller ones are')} in the file.` : ''}`}
      columns={['Organization', 'Calls', 'Succeeded', 'Refused', 'Units']}
      rows={shown.map((one) => ({
        key: one.orgId,
        label: one.name,
        note:
          one.budget &&
          `Today ${number(one.budget.used)} of ${number(one.budget.most)} of “${one.budget.name}”${one.budget.used >= one.budget.most ? ', reached' : ''}`,
        href: hrefWith(`/console/${encodeURIComponent(one.id)}/usage`, asked.given),
        share: units === 0 ? one.total / calls : one.units / units,
        look: { colour: 'primary' },
        cells: [number(one.total), percent(one.succeeded, one.total), number(one.denied), number(one.units)],
      }))}
      beside={
        <Csv href={hrefWith(`${path}/export`, asked.given, { table: 'orgs' })} what="use by organization" />
      }
    />
  )
}
