import { stringify } from 'csv-stringify/sync'

export type Cell = string | number | boolean | null | readonly string[]
/** One page of what is exported, and where the next one begins; `null` behind the last. */
export type ExportPage<Row> = { rows: readonly Row[]; next: string | null }
export type ExportColumn<Row> = { id: string; value: (row: Row) => Cell }

export const listFormats = ['csv', 'ndjson'] as const
export type ListFormat = (typeof listFormats)[number]

export const listTypes: Record<ListFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
}

const text = (cell: Cell): string =>
  cell === null ? '' : typeof cell === 'object' ? cell.join(' ') : String(cell)

/** Rows of RFC 4180 §2; a cell that a spreadsheet would take for a formula begins with an apostrophe. */
const csv = (rows: readonly (readonly string[])[]): string =>
  stringify(
    rows.map((row) => [...row]),
    { record_delimiter: 'windows', escape_formulas: true },
  )

/**
 * A list as a file, page by page: the next page is read when the reader has taken the one before, so that a million rows
 * need no more memory than one page.
 */
export function listStream<Row>(
  format: ListFormat,
  columns: readonly ExportColumn<Row>[],
  read: (cursor: string | null) => Promise<ExportPage<Row>>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const render = (rows: readonly Row[]): string =>
    format === 'csv'
      ? csv(rows.map((row) => columns.map(({ value }) => text(value(row)))))
      : rows
          .map(
            (row) =>
              `${JSON.stringify(Object.fromEntries(columns.map(({ id, value }) => [id, value(row)])))}\n`,
          )
          .join('')
  let cursor: string | null = null
  return new ReadableStream<Uint8Array>(
    {
      start: (stream) => {
        if (format === 'csv') stream.enqueue(encoder.encode(csv([columns.map(({ id }) => id)])))
      },
      pull: async (stream) => {
        const { rows, next } = await read(cursor)
        cursor = next
        if (rows.length > 0) stream.enqueue(encoder.encode(render(rows)))
        if (next === null) stream.close()
      },
    },
    { highWaterMark: 1 },
  )
}
