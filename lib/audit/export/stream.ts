import type { Tenant } from '#lib/proof'
import { exportAudit } from '../rows.ts'
import type { AuditEvent, AuditFilter } from '../schema.ts'
import { csvHead, csvOf } from './csv.ts'
import { ocsfOf } from './ocsf.ts'

type Format = { type: string; head: string; render: (events: readonly AuditEvent[]) => string }

const lines = (of: (event: AuditEvent) => unknown) => (events: readonly AuditEvent[]) =>
  events.map((event) => `${JSON.stringify(of(event))}\n`).join('')

export const exportFormats = {
  ndjson: { type: 'application/x-ndjson', head: '', render: lines((event) => event) },
  csv: { type: 'text/csv; charset=utf-8', head: csvHead, render: csvOf },
  ocsf: { type: 'application/x-ndjson', head: '', render: lines(ocsfOf) },
} as const satisfies Record<string, Format>

export type ExportFormat = keyof typeof exportFormats

/** A batch is rendered when the reader asks for it: a slow reader holds back the next one, not the memory. */
const exportRows = 500

/** The events that match, oldest first, in a format, as bytes. */
export function exportStream(
  tenant: Tenant,
  filter: AuditFilter,
  format: ExportFormat,
): ReadableStream<Uint8Array> {
  const { head, render } = exportFormats[format]
  const events = exportAudit(tenant, filter, undefined, exportRows)
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      start: (stream) => {
        if (head) stream.enqueue(encoder.encode(head))
      },
      pull: async (stream) => {
        const { value, done } = await events.next()
        if (done) stream.close()
        else stream.enqueue(encoder.encode(render(value)))
      },
      cancel: async () => void (await events.return()),
    },
    { highWaterMark: 1 },
  )
}
