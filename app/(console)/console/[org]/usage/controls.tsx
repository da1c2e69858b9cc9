import Link from 'next/link'
import { PrintButton } from '#components/console/print-button'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import { usageDaysMost, usageRanges } from '#lib/console'
import { connectorNames } from '../../connector-names.ts'
import { hrefWith } from '../../href-with.ts'
import { type AskedUsage, priceNames } from './asked.ts'

const shape = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})

/** A moment as it is said in a sentence. */
export const momentWords = (at: Date): string => `${shape.format(at)} UTC`

/** A span as a heading says it; the last moment is part of it. */
export const spanWords = ({ since, until }: { since: Date; until: Date }): string =>
  `${shape.format(since)} to ${shape.format(until)} UTC`

/** What the page is of, the time it is of, and when it was made: on screen and at the head of what is printed. */
export function Heading({
  title,
  whose,
  asked,
  now,
  path,
}: {
  title: string
  whose: string
  asked: AskedUsage
  now: Date
  path: string
}) {
  const { name, given, range } = asked
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        <p className="mt-1 text-sm text-muted-fg tabular-nums">
          <span className="hidden font-medium text-fg print:inline">{whose}. </span>
          <time dateTime={range.since.toISOString()}>{spanWords(range)}</time>
          <span className="hidden print:inline">. Made {shape.format(now)} UTC by Behalf.</span>
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-3 print:hidden">
        <nav aria-label="Time" className="flex rounded-control border border-border bg-card p-0.5 text-sm">
          {Object.entries(usageRanges).map(([id, { words }]) => (
            <Link
              key={id}
              href={hrefWith(path, given, { range: id, since: null, until: null })}
              aria-current={name === id ? 'page' : undefined}
              className="inline-flex min-h-7 items-center rounded-[calc(var(--bhf-radius-control)-2px)] px-2.5 text-muted-fg hover:text-fg aria-[current]:bg-accent aria-[current]:font-medium aria-[current]:text-fg"
            >
              <span className="sr-only">Last </span>
              {words.replace('Last ', '')}
            </Link>
          ))}
        </nav>
        <PrintButton />
      </div>
    </div>
  )
}

/** As a `datetime-local` control writes it. */
const localOf = (at: Date) => at.toISOString().slice(0, 16)

/** Chooses days of one's own, an agent and a connector; the prices that were given stay. */
export function Filters({
  path,
  asked: { given, filter, fault, name, range },
  agents,
}: {
  path: string
  asked: AskedUsage
  /** By id; `null` where there is nothing to choose from. */
  agents: readonly { id: string; name: string }[] | null
}) {
  const prices = [...priceNames.map((one) => `price_${one}`), 'currency']
  const chosen = name === 'custom'
  // Times of one's own go before; without them the range stays as it is.
  const kept = [...prices, 'range'].filter((one) => given[one])
  const narrowed = Object.keys(filter).length > 0 || chosen
  return (
    <div className="grid gap-3 print:hidden">
      <form action={path} className="flex flex-wrap items-end gap-3">
        {kept.map((one) => (
          <input key={one} type="hidden" name={one} value={given[one]} />
        ))}
        {agents && (
          <div className="w-full sm:w-52">
            <Field label="Agent">
              <Select name="agent" defaultValue={filter.agent ?? ''}>
                <option value="">All</option>
                <option value="product">The product itself</option>
                {agents.map(({ id, name: agent }) => (
                  <option key={id} value={id}>
                    {agent}
                  </option>
                ))}
              </Select>
            </Field>
          </div>
        )}
        {agents && (
          <div className="w-full sm:w-44">
            <Field label="Connector">
              <Select name="connector" defaultValue={filter.connector ?? ''}>
                <option value="">All</option>
                {Object.entries(connectorNames).map(([id, connector]) => (
                  <option key={id} value={id}>
                    {connector}
                  </option>
                ))}
              </Select>
            </Field>
          </div>
        )}
        <div className="w-full min-w-0 sm:w-60">
          <Field label="From (UTC)">
            <Input
              type="datetime-local"
              className="min-w-0"
              name="since"
              defaultValue={chosen ? localOf(range.since) : ''}
            />
          </Field>
        </div>
        <div className="w-full min-w-0 sm:w-60">
          <Field label="Up to (UTC)">
            <Input
              type="datetime-local"
              className="min-w-0"
              name="until"
              defaultValue={chosen ? localOf(range.until) : ''}
            />
          </Field>
        </div>
        <Button type="submit" variant="secondary">
          Apply
        </Button>
        {narrowed && (
          <Link
            href={hrefWith(path, Object.fromEntries(kept.map((one) => [one, given[one] ?? ''])))}
            className="inline-flex min-h-10 items-center text-sm text-link underline-offset-2 hover:underline"
          >
            Show everything
          </Link>
        )}
      </form>
      {fault !== null && (
        <Alert tone="danger">
          {fault} The last 30 days are shown, of up to {usageDaysMost} that can be chosen.
        </Alert>
      )}
    </div>
  )
}

/** A link to a table as a file. */
export const Csv = ({ href, what }: { href: string; what: string }) => (
  <a
    href={href}
    className="inline-flex min-h-6 items-center text-xs text-link underline-offset-2 hover:underline"
  >
    Download {what} (CSV)
  </a>
)
