import Link from 'next/link'
import { Ranked, type RankedRow } from '#components/console/chart/ranked'
import type { CallUsage } from '#lib/console'
import { type budgetsOf, nearest } from './budgets.ts'
import { Csv } from './controls.tsx'
import type { Pictured } from './pictures.tsx'
import { costFinding, number, percent, things } from './words.ts'

const lookOf = (share: number): RankedRow['look'] =>
  share >= 1
    ? { colour: 'danger', texture: 'lines' }
    : share >= 0.8
      ? { colour: 'warning', texture: 'dots' }
      : { colour: 'primary' }

/** What each agent's calls cost, against what it may spend on a day. */
export function Costs({
  usage,
  budgets,
  mayReadLimits,
  at,
}: {
  usage: CallUsage
  /** `null` where only some calls are looked at, which no budget is for. */
  budgets: ReturnType<typeof budgetsOf> | null
  mayReadLimits: boolean
  at: Pictured
}) {
  const units = usage.agents.reduce((sum, one) => sum + one.units, 0)
  const [first] = usage.agents
  const whole = budgets?.ofOrg && nearest(budgets.ofOrg, usage)
  return (
    <Ranked
      kicker="Cost by agent"
      title={costFinding(units, first && { name: at.agentName(first.agent), units: first.units })}
      description={
        <>
          {whole
            ? `The organization’s nearest day to its budget: ${whole.words} (${Math.round(whole.share * 100)}%). `
            : 'A call costs one unit, or what its tool is said to cost. '}
          {budgets && mayReadLimits && (
            <Link href={`${at.base}/limits`} className="text-link underline underline-offset-2 print:hidden">
              {whole ? 'Budgets' : 'Set a daily budget'}
            </Link>
          )}
        </>
      }
      columns={['Agent', 'Calls', 'Units', 'Share']}
      rows={usage.agents.map((one) => {
        const budget = budgets?.ofAgent(one.agent) ?? null
        const near = budget && nearest(budget, one)
        return {
          key: one.agent ?? 'product',
          label: at.agentName(one.agent),
          note: near && `Fullest day: ${near.words} (${Math.round(near.share * 100)}% of its budget)`,
          share: near ? near.share : units === 0 ? 0 : one.units / units,
          look: near ? lookOf(near.share) : { colour: 'neutral' },
          cells: [number(one.calls), number(one.units), percent(one.units, units)],
        }
      })}
      beside={
        <div className="grid gap-1">
          <p className="text-xs text-muted-fg">
            A bar is the agent’s share of {things(units, 'unit', 'units')}; of an agent with a daily budget,
            how near its fullest day came to that.
          </p>
          <Csv href={at.file('costs')} what="cost by agent" />
        </div>
      }
    >
      What agents spend is told here once they have called something.
    </Ranked>
  )
}
