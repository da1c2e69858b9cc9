'use client'

import {
  columnVisibilityFeature,
  createColumnHelper,
  type RowSelectionState,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import Link from 'next/link'
import { useMemo, useState } from 'react'
import { Table, Td, Th } from '#components/ui/table'
import { classes } from '../../ui/classes.ts'
import { BulkBar } from './bulk-bar.tsx'
import type { BulkAction, Matching, ShownColumn, ShownRow } from './columns.tsx'

const features = tableFeatures({ rowSelectionFeature, columnVisibilityFeature })
const helper = createColumnHelper<typeof features, ShownRow>()

/**
 * The one table of the console. Its rows come from the server, filtered, ordered and cut into pages there; the browser
 * adds what is selected. Without scripts it reads, and its boxes and buttons are a plain form.
 * @param filter what the rows match, as the address writes it: what is done with "all that match" is told this
 * @param matching how many that are
 */
export function DataTable({
  label,
  columns,
  rows,
  dense,
  bulk,
  filter,
  matching,
}: {
  label: string
  columns: readonly ShownColumn[]
  rows: readonly ShownRow[]
  dense: boolean
  bulk: readonly BulkAction[]
  filter: string
  matching: Matching | null
}) {
  const [selected, setSelected] = useState<RowSelectionState>({})
  const [everything, setEverything] = useState(false)
  const data = useMemo(() => [...rows], [rows])
  const defined = useMemo(
    () =>
      columns.map(({ id, header }) =>
        helper.display({ id, header, cell: ({ row }) => row.original.cells[id] ?? null }),
      ),
    [columns],
  )
  const table = useTable({
    features,
    columns: defined,
    data,
    getRowId: ({ id }) => id,
    state: { rowSelection: selected },
    onRowSelectionChange: (change) => {
      setEverything(false)
      setSelected(change)
    },
  })
  const selectable = bulk.length > 0
  const ids = table.getRowModel().rows.flatMap((row) => (row.getIsSelected() ? [row.id] : []))
  const clear = () => {
    setEverything(false)
    setSelected({})
  }
  const grid = (
    <Table label={label} dense={dense}>
      <thead>
        <tr>
          {selectable && (
            <Th className="w-10 pe-0">
              <input
                type="checkbox"
                aria-label="Select all on this page"
                data-all-rows
                className="block size-5 accent-primary"
                checked={table.getIsAllPageRowsSelected()}
                ref={(box) => {
                  if (box) box.indeterminate = ids.length > 0 && !table.getIsAllPageRowsSelected()
                }}
                onChange={table.getToggleAllPageRowsSelectedHandler()}
              />
            </Th>
          )}
          {table.getVisibleLeafColumns().map(({ id }) => {
            const column = columns.find((one) => one.id === id)
            return column ? <Heading key={id} column={column} /> : null
          })}
        </tr>
      </thead>
      <tbody>
        {table.getRowModel().rows.map((row) => (
          <tr
            key={row.id}
            data-row
            className={row.getIsSelected() ? 'bg-accent/60' : 'focus-within:bg-muted/50 hover:bg-muted/30'}
          >
            {selectable && (
              <Td className="w-10 pe-0">
                <input
                  type="checkbox"
                  name={everything ? undefined : 'id'}
                  value={row.id}
                  aria-label={`Select ${row.original.name}`}
                  className="block size-5 accent-primary"
                  checked={row.getIsSelected()}
                  onChange={row.getToggleSelectedHandler()}
                />
              </Td>
            )}
            {row.getVisibleCells().map((cell, at) => (
              // Narrower than this a name would be cut letter by letter: the table scrolls instead.
              <Td
                key={cell.id}
                className={classes(at === 0 ? 'min-w-44' : 'min-w-24', endOf(columns, cell.column.id))}
              >
                <table.FlexRender cell={cell} />
              </Td>
            ))}
          </tr>
        ))}
      </tbody>
    </Table>
  )
  if (!selectable) return grid
  return (
    <form className="group/selection grid gap-3">
      {grid}
      <BulkBar
        actions={bulk}
        count={ids.length}
        wholePage={table.getIsAllPageRowsSelected()}
        matching={matching}
        everything={everything}
        filter={filter}
        onEverything={() => setEverything(true)}
        onClear={clear}
      />
    </form>
  )
}

const endOf = (columns: readonly ShownColumn[], id: string): string =>
  columns.find((column) => column.id === id)?.end ? 'text-end tabular-nums' : ''

function Heading({ column: { header, sort, end } }: { column: ShownColumn }) {
  const className = end ? 'text-end' : ''
  if (!sort) return <Th className={className}>{header}</Th>
  return (
    <Th className={className} aria-sort={sort.now ?? 'none'}>
      <Link
        href={sort.href}
        className="-mx-1 inline-flex min-h-6 items-center gap-1 rounded-control px-1 hover:text-fg"
      >
        {header}
        <svg aria-hidden viewBox="0 0 10 12" className="h-3 w-2.5">
          <path
            d="M5 1.5 8 5H2z"
            fill="currentColor"
            className={sort.now === 'ascending' ? '' : 'opacity-30'}
          />
          <path
            d="M5 10.5 2 7h6z"
            fill="currentColor"
            className={sort.now === 'descending' ? '' : 'opacity-30'}
          />
        </svg>
      </Link>
    </Th>
  )
}
