import type { AuditEvent } from '#lib/audit/schema'

/** One thing that an event changed, as it was and as it is; `null` where the event does not keep it. */
export type Change = {
  field: string
  before: string | null
  after: string | null
  gone: string[]
  added: string[]
}

type Details = AuditEvent['details']

const said = (value: Details[string] | undefined): string | null =>
  value === undefined || value === null ? null : Array.isArray(value) ? value.join(' ') : String(value)

const wordsOf = (text: string | null): string[] => (text === null || text === '' ? [] : text.split(/[\s,]+/))

function change(field: string, before: string | null, after: string | null): Change {
  const [was, is] = [wordsOf(before), wordsOf(after)]
  return {
    field,
    before,
    after,
    gone: was.filter((one) => !is.includes(one)),
    added: is.filter((one) => !was.includes(one)),
  }
}

const pairs: readonly (readonly [before: RegExp, after: (field: string) => string])[] = [
  [/^(.+)_before$/, (field) => `${field}_after`],
  [/^(.+)_from$/, (field) => `${field}_to`],
  [/^previous_(.+)$/, (field) => field],
  [/^old_(.+)$/, (field) => `new_${field}`],
]

/** What an event says that it changed: from the values that it keeps, and else by the names of the fields alone. */
export function changesOf(event: AuditEvent): Change[] {
  const { details } = event
  const found: Change[] = []
  for (const [name, value] of Object.entries(details)) {
    for (const [shape, after] of pairs) {
      const field = shape.exec(name)?.[1]
      if (field === undefined) continue
      const now =
        said(details[after(field)]) ??
        said(details[field]) ??
        (field === 'scopes' ? event.scopes_granted.join(' ') : null)
      found.push(change(field, said(value), now))
    }
  }
  if (details.before !== undefined || details.after !== undefined)
    found.push(change('value', said(details.before), said(details.after)))
  if (details.from !== undefined && details.to !== undefined)
    found.push(change('value', said(details.from), said(details.to)))
  const known = new Set(found.map(({ field }) => field))
  for (const field of event.changed_fields)
    if (!known.has(field)) found.push(change(field, null, said(details[field])))
  return found
}
