import { stringify } from 'csv-stringify/sync'
import { type AuditEvent, auditEvent } from '../schema.ts'

const columns = Object.keys(auditEvent.shape) as (keyof AuditEvent)[]

const cell = (value: AuditEvent[keyof AuditEvent]): string =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Rows of RFC 4180 §2; a cell that a spreadsheet would take for a formula begins with an apostrophe. */
export const csvRows = (cells: readonly (readonly string[])[]): string =>
  stringify(
    cells.map((one) => [...one]),
    { record_delimiter: 'windows', escape_formulas: true },
  )

export const csvHead = csvRows([columns])

export const csvOf = (events: readonly AuditEvent[]): string =>
  csvRows(events.map((event) => columns.map((column) => cell(event[column]))))
