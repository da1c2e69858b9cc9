import type { ReactNode } from 'react'
import { type FilterField, FilterForm } from '#components/console/filter-form'
import { Pager } from '#components/console/pager'
import type { BulkAction, Matching } from '#components/console/table/columns'
import { DataTable } from '#components/console/table/data-table'
import { Toolbar } from '#components/console/table/toolbar'
import { Alert } from '#components/ui/alert'
import { buttonClass } from '#components/ui/button'
import { Empty } from '#components/ui/empty'
import type { SavedView } from '#lib/console/schema'
import { publicId } from '#lib/ids'
import { hrefOf } from '../filters.ts'
import { chooseListColumns, deleteListView, saveListView } from './actions.ts'
import type { ListName } from './lists.ts'
import { type AskedList, cleanQuery, type ListColumn } from './read.ts'

/** A list as every page of the console shows one: filter, views and columns, the table or why there is none, pages. */
export function ListView<Row, Context>({
  list,
  label,
  path,
  fields,
  columns,
  context,
  asked,
  rows,
  next,
  keyOf,
  nameOf,
  bulk = [],
  matching = null,
  views,
  mayExport,
  nothing,
  among,
}: {
  list: ListName
  label: string
  path: string
  fields: readonly FilterField[]
  columns: readonly ListColumn<Row, Context>[]
  context: Context
  asked: AskedList<object>
  rows: readonly Row[]
  /** The cursor of the page after this one. */
  next: string | null
  keyOf: (row: Row) => string
  nameOf: (row: Row) => string
  bulk?: readonly BulkAction[]
  matching?: Matching | null
  views: readonly SavedView[]
  mayExport: boolean
  /** What is shown where the list has nothing and nothing was filtered. */
  nothing: ReactNode
  /** Stands between the filter and the table. */
  among?: ReactNode
}) {
  const segment = path.slice('/console/'.length, path.lastIndexOf('/'))
  const shown = columns.filter(({ id }) => asked.columns.includes(id))
  const filtered = asked.filterQuery !== '' || asked.before !== null
  return (
    <div className="grid gap-4">
      <FilterForm path={path} fields={fields} given={asked.given} />
      <Toolbar
        path={path}
        query={asked.query}
        columns={columns.map(({ id, header, fixed = false }) => ({
          id,
          header,
          fixed,
          shown: asked.columns.includes(id),
        }))}
        dense={asked.dense}
        views={views.map((view) => ({ ...view, id: publicId('saved_view', view.id) }))}
        saveView={saveListView.bind(null, segment, list)}
        deleteView={deleteListView.bind(null, segment, list)}
        chooseColumns={chooseListColumns.bind(null, segment, list)}
        download={
          mayExport && asked.fault === null && rows.length > 0
            ? {
                path: `${path}/export`,
                query: cleanQuery(new URLSearchParams(asked.query), ['dense', 'columns']),
              }
            : null
        }
      />
      {among}
      {asked.fault !== null && <Alert tone="danger">{asked.fault}</Alert>}
      {asked.fault === null &&
        rows.length === 0 &&
        (filtered ? (
          <Empty
            title="Nothing matches"
            action={
              <a href={path} className={buttonClass({ variant: 'secondary', size: 'small' })}>
                Clear the filter
              </a>
            }
          >
            There is something here, but nothing that fits the filter.
          </Empty>
        ) : (
          nothing
        ))}
      {rows.length > 0 && (
        <DataTable
          // Another page, filter or order is another table: nothing stays selected that is not in sight.
          key={`${asked.query} ${asked.before}`}
          label={label}
          columns={shown.map(({ id, header, end, order }) => ({
            id,
            header,
            ...(end && { end }),
            ...(order && { sort: sortOf(path, asked, order) }),
          }))}
          rows={rows.map((row) => ({
            id: keyOf(row),
            name: nameOf(row),
            cells: Object.fromEntries(shown.map(({ id, cell }) => [id, cell(row, context)])),
          }))}
          dense={asked.dense}
          bulk={bulk}
          filter={asked.filterQuery}
          matching={matching}
        />
      )}
      <Pager
        first={asked.before === null && asked.fault === null ? null : hrefOf(path, asked.given, null)}
        next={next === null ? null : hrefOf(path, asked.given, Buffer.from(next).toString('base64url'))}
      />
    </div>
  )
}

function sortOf(
  path: string,
  { order, given }: AskedList<object>,
  { ascending, descending }: { ascending: string; descending: string },
) {
  const now = order === descending ? 'descending' : order === ascending ? 'ascending' : null
  return {
    now,
    href: hrefOf(path, { ...given, sort: now === 'descending' ? ascending : descending }, null),
  } as const
}
