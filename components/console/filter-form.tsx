import Link from 'next/link'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'

export type FilterField = {
  name: string
  label: string
  choices?: readonly { value: string; words: string }[]
  type?: 'datetime-local'
}

/** What else the address says, and a new filter leaves as it is. */
const kept = ['columns', 'dense', 'sort']

/** A plain GET form: the filter is the address, so that a list can be linked, reloaded and gone back to. */
export function FilterForm({
  path,
  fields,
  given,
}: {
  path: string
  fields: readonly FilterField[]
  given: Readonly<Record<string, string>>
}) {
  const filtered = fields.some(({ name }) => given[name] !== undefined)
  const others = kept.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]] as const]))
  const clear = others.length === 0 ? path : `${path}?${new URLSearchParams(Object.fromEntries(others))}`
  return (
    <search aria-label="Filter">
      {/* Its controls keep what they show: a new address makes it a new form. */}
      <form
        key={JSON.stringify(given)}
        action={path}
        data-filter
        className="grid grid-cols-2 items-end gap-3 sm:grid-cols-[repeat(auto-fill,minmax(13.5rem,1fr))]"
      >
        {others.map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {fields.map(({ name, label, choices, type }) => (
          <div key={name} className={`min-w-0 ${type ? 'col-span-2 sm:col-span-1' : ''}`}>
            <Field label={label}>
              {choices ? (
                <Select name={name} defaultValue={given[name] ?? ''}>
                  <option value="">Any</option>
                  {choices.map(({ value, words }) => (
                    <option key={value} value={value}>
                      {words}
                    </option>
                  ))}
                </Select>
              ) : (
                <Input
                  name={name}
                  defaultValue={given[name] ?? ''}
                  autoComplete="off"
                  {...(type && { type, step: 1 })}
                />
              )}
            </Field>
          </div>
        ))}
        <div className="flex items-center gap-3">
          <Button type="submit" variant="secondary">
            Filter
          </Button>
          {filtered && (
            <Link href={clear} className="text-sm text-link underline-offset-2 hover:underline">
              Clear
            </Link>
          )}
        </div>
      </form>
    </search>
  )
}
