'use client'

import { Button } from '#components/ui/button'
import type { BulkAction, Matching } from './columns.tsx'

const howMany = ({ count, more }: Matching): string => `${count.toLocaleString('en')}${more ? '+' : ''}`

/**
 * What can be done with the rows that are selected. It shows as soon as a box is ticked, also without scripts; what is
 * done with everything that matches is told the filter, never a list of ids.
 */
export function BulkBar({
  actions,
  count,
  wholePage,
  matching,
  everything,
  filter,
  onEverything,
  onClear,
}: {
  actions: readonly BulkAction[]
  count: number
  wholePage: boolean
  matching: Matching | null
  everything: boolean
  filter: string
  onEverything: () => void
  onClear: () => void
}) {
  const beyond = matching !== null && (matching.more || matching.count > count)
  return (
    <section
      aria-label="With the selection"
      data-selection
      className="sticky bottom-3 z-10 hidden flex-wrap items-center gap-x-4 gap-y-2 rounded-card border border-border bg-card px-4 py-3 text-sm shadow-card group-has-[tbody_:checked]/selection:flex"
    >
      <p role="status" className="font-medium">
        {everything && matching
          ? `All ${howMany(matching)} that match are selected`
          : count > 0
            ? `${count} selected`
            : 'With the selection'}
      </p>
      {wholePage && beyond && matching && !everything && (
        <Button variant="quiet" size="small" onClick={onEverything} className="text-link underline">
          Select all {howMany(matching)} that match
        </Button>
      )}
      <input type="hidden" name="matching" value={everything ? filter || 'all' : ''} disabled={!everything} />
      <span className="ms-auto flex flex-wrap gap-2">
        {count > 0 && (
          <Button variant="quiet" size="small" onClick={onClear}>
            Clear
          </Button>
        )}
        {actions.map(({ words, to, danger }) => (
          <Button
            key={words}
            type="submit"
            variant={danger ? 'danger' : 'secondary'}
            size="small"
            formAction={to}
            {...(typeof to === 'string' && { formMethod: 'get' })}
          >
            {words}
          </Button>
        ))}
      </span>
    </section>
  )
}
