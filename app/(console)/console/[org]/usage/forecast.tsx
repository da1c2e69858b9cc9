import { Bars } from '#components/console/chart/bars'
import type { Series } from '#components/console/chart/series'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import { Table, Td, Th } from '#components/ui/table'
import { monthDays, onLine, outlookOf, priced, type Volumes } from '#lib/console'
import { type AskedUsage, priceNames } from './asked.ts'
import { Csv } from './controls.tsx'
import { callsOf, number, restsOn, things } from './words.ts'

const series: readonly Series[] = [
  { key: 'used', words: 'Calls made', colour: 'primary' },
  { key: 'next', words: 'Expected', colour: 'info', texture: 'dots' },
]

const dayMs = 86_400_000
const dayShape = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' })

const what = { call: 'Calls', event: 'Events', account: 'Connected accounts', seat: 'Seats in the console' }
const labels = {
  call: 'Per call',
  event: 'Per event or webhook',
  account: 'Per account a month',
  seat: 'Per seat a month',
}

/** What the next thirty days will come to at the reader's own prices. */
export function Forecast({
  path,
  asked: { given, prices, currency, priceFault },
  volumes,
  file,
}: {
  path: string
  asked: AskedUsage
  volumes: Volumes
  file: string
}) {
  const calls = outlookOf(volumes.calls)
  const events = outlookOf(volumes.events)
  const units = { call: calls.next, event: events.next, account: volumes.accounts, seat: volumes.seats }
  const { lines, total } = priced(units, prices)
  const used = { call: calls.used, event: events.used, account: volumes.accounts, seat: volumes.seats }
  const money = (amount: number, digits = 2) =>
    amount.toLocaleString('en-GB', { style: 'currency', currency, maximumFractionDigits: digits })
  const isPriced = Object.values(prices).some((price) => price > 0)
  const next = `About ${callsOf(calls.next)} in the next ${monthDays} days`
  const firstAhead = new Date((volumes.days.at(-1)?.getTime() ?? 0) + dayMs)
  const points = [
    ...volumes.days.map((day, at) => ({
      label: dayShape.format(day),
      counts: { used: volumes.calls[at] ?? 0 },
    })),
    ...Array.from({ length: monthDays }, (_, at) => ({
      label: dayShape.format(new Date(firstAhead.getTime() + at * dayMs)),
      counts: { next: Math.round(onLine(calls.line, calls.days + at)) },
    })),
  ]
  const kept = Object.entries(given).filter(([name]) => !name.startsWith('price_') && name !== 'currency')
  return (
    <section aria-labelledby="forecast" className="grid gap-4 print:break-before-page">
      <div>
        <h2 id="forecast" className="text-lg font-semibold tracking-tight">
          Forecast
        </h2>
        <p className="text-sm text-muted-fg">
          From the whole days of the last {monthDays}, of the whole organization, whatever is chosen above.
        </p>
      </div>
      {calls.days === 0 ? (
        <p className="rounded-card border border-dashed border-border px-4 py-6 text-center text-sm text-muted-fg">
          {restsOn(calls)}
        </p>
      ) : (
        <Bars
          kicker="What the next month will come to"
          title={isPriced ? `${next}: ${money(total)} with everything below` : next}
          description={restsOn(calls)}
          labels="Day (UTC)"
          series={series}
          points={points}
          beside={<Csv href={file} what="what was used by the day" />}
        />
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_18rem] print:block">
        <Table label="What the next month costs">
          <thead>
            <tr>
              <Th>What</Th>
              <Th className="text-end!">{things(calls.days, 'day', 'days')} so far</Th>
              <Th className="text-end!">Next {monthDays} days</Th>
              <Th className="text-end!">Price</Th>
              <Th className="text-end!">Cost</Th>
            </tr>
          </thead>
          <tbody className="tabular-nums">
            {lines.map(({ of, units: n, price, cost }) => (
              <tr key={of}>
                <th scope="row" className="border-b border-border px-4 py-3 text-start font-normal">
                  {what[of]}
                  {(of === 'account' || of === 'seat') && (
                    <span className="block text-xs text-muted-fg">as many as now</span>
                  )}
                </th>
                <Td className="text-end">{number(used[of])}</Td>
                <Td className="text-end">{number(n)}</Td>
                <Td className="text-end">{money(price, 9)}</Td>
                <Td className="text-end">{money(cost)}</Td>
              </tr>
            ))}
            <tr>
              <th scope="row" colSpan={4} className="px-4 py-3 text-start font-semibold">
                Each month
              </th>
              <Td className="text-end font-semibold">{money(total)}</Td>
            </tr>
          </tbody>
        </Table>
        <form
          action={path}
          className="grid gap-3 rounded-card border border-border bg-card p-4 text-card-fg print:hidden"
        >
          <div>
            <h3 className="text-sm font-semibold">Your prices</h3>
            <p className="text-xs text-muted-fg">
              They are kept in the address of this page, and nowhere else.
            </p>
          </div>
          {kept.map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          {priceFault !== null && <Alert tone="danger">{priceFault}</Alert>}
          <div className="grid grid-cols-2 gap-3">
            {priceNames.map((name) => (
              <Field key={name} label={labels[name]}>
                <Input
                  name={`price_${name}`}
                  inputMode="decimal"
                  defaultValue={given[`price_${name}`] ?? ''}
                  placeholder="0"
                />
              </Field>
            ))}
            <Field label="Currency">
              <Input name="currency" defaultValue={currency} maxLength={3} autoComplete="off" />
            </Field>
          </div>
          <Button type="submit" variant="secondary">
            Work it out
          </Button>
        </form>
      </div>
    </section>
  )
}
