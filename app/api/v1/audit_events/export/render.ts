import { type AuditEvent, auditEvent } from '#lib/audit/schema'

const columns = Object.keys(auditEvent.shape) as (keyof AuditEvent)[]

/** One CSV cell (RFC 4180 §2); a leading `= + - @` is quoted out of being a formula in a spreadsheet. */
function cell(value: unknown): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}

export const renderers = {
  ndjson: {
    type: 'application/x-ndjson',
    head: '',
    line: (event: AuditEvent) => `${JSON.stringify(event)}\n`,
  },
  csv: {
    type: 'text/csv; charset=utf-8',
    head: `${columns.join(',')}\r\n`,
    line: (event: AuditEvent) => `${columns.map((column) => cell(event[column])).join(',')}\r\n`,
  },
} as const
