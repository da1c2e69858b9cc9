import Link from 'next/link'
import { outcomeChoices } from '#components/console/status'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import { hrefWith } from '../../href-with.ts'
import { type Range, ranges } from './asked.ts'

type Given = Readonly<Record<string, string>>

/** The fields that have a control of their own in the form; the others ride along. */
const own = ['q', 'range', 'outcome', 'since', 'until']

/** A plain GET form: the search is the address, so that it can be linked, reloaded and gone back to. */
export function SearchForm({ path, given, range }: { path: string; given: Given; range: Range | 'custom' }) {
  const riding = Object.entries(given).filter(([name]) => !own.includes(name))
  const custom = range === 'custom'
  return (
    <search aria-label="Search events" className="print:hidden">
      {/* Its controls keep what they show: a new address makes it a new form. */}
      <form key={JSON.stringify(given)} action={path} className="grid gap-3">
        {riding.map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <div className="grid items-end gap-3 sm:grid-cols-2 lg:grid-cols-[minmax(0,1fr)_11rem_11rem_auto]">
          <div className="sm:col-span-2 lg:col-span-1">
            <Field label="Search">
              <Input
                name="q"
                type="search"
                defaultValue={given.q ?? ''}
                placeholder="refused connector:github user:ana"
                autoComplete="off"
                spellCheck={false}
              />
            </Field>
          </div>
          <Field label="Outcome">
            <Select name="outcome" defaultValue={given.outcome ?? ''}>
              <option value="">Any</option>
              {given.outcome?.includes(',') && <option value={given.outcome}>{given.outcome}</option>}
              {outcomeChoices.map(({ value, words }) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </Select>
          </Field>
          <Field label="Time">
            <Select name="range" defaultValue={custom ? '' : range}>
              {custom && <option value="">As below</option>}
              {Object.entries(ranges).map(([value, { words }]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </Select>
          </Field>
          <div className="flex items-center gap-3">
            <Button type="submit">Search</Button>
            {Object.keys(given).length > 0 && (
              <Link href={path} className="text-sm text-link underline-offset-2 hover:underline">
                Clear
              </Link>
            )}
          </div>
        </div>
        <div className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
          <details open={custom}>
            <summary className="min-h-6 text-muted-fg hover:text-fg">From and until</summary>
            <div className="mt-2 grid gap-3 sm:grid-cols-[14rem_14rem]">
              <Field label="From (UTC)">
                <Input name="since" type="datetime-local" step={1} defaultValue={local(given.since)} />
              </Field>
              <Field label="Until (UTC)">
                <Input name="until" type="datetime-local" step={1} defaultValue={local(given.until)} />
              </Field>
            </div>
          </details>
          <details>
            <summary className="min-h-6 text-muted-fg hover:text-fg">What can be searched for</summary>
            <p className="mt-2 max-w-prose text-sm text-muted-fg">
              Words are looked for in all fields of an event. An id, such as <code>ca_…</code>, finds what it
              is the id of. A field is named before a colon, and several values stand behind a comma:{' '}
              <code>
                action: outcome: actor: member: user: agent: connector: tool: account: connection: execution:
                session: trace: ip: code:
              </code>
              . <code>action:policy.*</code> is every action of policies. Members are found by their e-mail
              address, agents and keys by their name in quotes: <code>agent:"Research bot"</code>.
            </p>
          </details>
        </div>
      </form>
    </search>
  )
}

/** As a `datetime-local` control shows it. */
const local = (text: string | undefined): string =>
  text === undefined ? '' : text.replace(/(:\d\d)\.\d+/, '$1').replace(/(Z|\+00:00)$/, '')

/** What narrows the list beside the form's own controls; each can be let go of. */
export function Chips({ path, given }: { path: string; given: Given }) {
  const shown = Object.entries(given).filter(([name]) => !own.includes(name) && name !== 'view')
  if (shown.length === 0) return null
  return (
    <ul aria-label="Narrowed to" className="flex flex-wrap gap-2 text-sm">
      {shown.map(([name, value]) => (
        <li key={name}>
          <Link
            href={hrefWith(path, given, { [name]: null })}
            scroll={false}
            className="inline-flex min-h-8 max-w-full items-center gap-2 rounded-pill border border-border bg-accent px-3 hover:bg-muted"
          >
            <span className="min-w-0 truncate">
              <span className="text-muted-fg">{name.replaceAll('_', ' ')}</span> {value}
            </span>
            <span aria-hidden>×</span>
            <span className="sr-only">(remove)</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
