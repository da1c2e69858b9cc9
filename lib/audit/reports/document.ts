// A report as it streams out: parts in order, in JSON or as a page, and at its end a signed digest of all that went before.
import { createHash } from 'node:crypto'
import { signer } from '#lib/signing'
import { csvRows } from '../export/csv.ts'

export type Cell = string | number | boolean | null

export type Section = {
  id: string
  title: string
  note: string
  columns: readonly string[]
  rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>
}

export type Report = {
  kind: string
  title: string
  intro: string
  facts: readonly (readonly [name: string, value: Cell])[]
  sections: readonly Section[]
}

export type ReportFormat = 'json' | 'html'
export const reportType = 'audit-report+jws'

const escaped = (cell: Cell): string =>
  (cell === null ? '–' : typeof cell === 'boolean' ? (cell ? 'yes' : 'no') : String(cell))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const style = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#111;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:start;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f2f2}h2{margin-top:2rem}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}thead{display:table-header-group}
@media print{@page{size:landscape;margin:12mm}body{margin:0;max-width:none;font-size:9px}tr{break-inside:avoid}h2{break-after:avoid}}`

/** Rows are rendered this many at a time. */
const rowsAtOnce = 200

async function* json({ sections, facts, ...head }: Report): AsyncGenerator<string> {
  const opened = JSON.stringify({ ...head, facts: Object.fromEntries(facts) }).slice(0, -1)
  yield `${opened},"sections":{`
  let first = true
  for (const { id, title, note, columns, rows } of sections) {
    yield `${first ? '' : ','}\n${JSON.stringify(id)}:{"title":${JSON.stringify(title)},"note":${JSON.stringify(note)},"rows":[`
    first = false
    let comma = ''
    for await (const some of batches(rows)) {
      const lines = some.map((row) =>
        JSON.stringify(Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null]))),
      )
      yield `${comma}\n${lines.join(',\n')}`
      comma = ','
    }
    yield ']}'
  }
  yield '}\n'
}

async function* html({ title, intro, facts, sections }: Report): AsyncGenerator<string> {
  const named = facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('\n')
  yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${style}</style></head><body>\n<h1>${escaped(title)}</h1>\n<p>${escaped(intro)}</p>\n<dl>\n${named}\n</dl>\n`
  for (const section of sections) {
    const heads = section.columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')
    yield `<h2>${escaped(section.title)}</h2>\n<p>${escaped(section.note)}</p>\n<table><thead><tr>${heads}</tr></thead><tbody>\n`
    for await (const some of batches(section.rows))
      yield some
        .map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>\n`)
        .join('')
    yield '</tbody></table>\n'
  }
  yield '<p>The last line of this file is the signed SHA-256 of all lines before it (RFC 7515).</p>\n</body></html>\n'
}

async function* batches(rows: Section['rows']): AsyncGenerator<(readonly Cell[])[]> {
  let some: (readonly Cell[])[] = []
  for await (const row of rows) {
    some.push(row)
    if (some.length < rowsAtOnce) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

const renderers = { json, html } satisfies Record<ReportFormat, (report: Report) => AsyncGenerator<string>>

/** The first section alone, as rows of a spreadsheet (RFC 4180); a signature has no place in it. */
export function csvReport({ sections: [first] }: Report): ReadableStream<Uint8Array> {
  const parts = first ? csv(first) : (async function* () {})()
  return streamed(parts)
}

async function* csv({ columns, rows }: Section): AsyncGenerator<string> {
  yield csvRows([columns])
  for await (const some of batches(rows)) yield csvRows(some.map((row) => row.map((cell) => `${cell ?? ''}`)))
}

/** The file: its lines, and as the last one the signature of all before it. */
async function* signed(report: Report, format: ReportFormat): AsyncGenerator<string> {
  const { sign } = await signer()
  const digest = createHash('sha256')
  for await (const text of renderers[format](report)) {
    digest.update(text)
    yield text
  }
  const payload = { v: 1, kind: report.kind, sha256: digest.digest('hex'), at: new Date().toISOString() }
  const jws = await sign(reportType, new TextEncoder().encode(JSON.stringify(payload)))
  yield format === 'json' ? `,"signature":"${jws}"}\n` : `<!-- signature ${jws} -->\n`
}

/** Streams a report; the next part is made when the reader asks for it. */
export const reportStream = (report: Report, format: ReportFormat): ReadableStream<Uint8Array> =>
  streamed(signed(report, format))

function streamed(parts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      pull: async (stream) => {
        const { value, done } = await parts.next()
        if (done) stream.close()
        else stream.enqueue(encoder.encode(value))
      },
      cancel: async () => void (await parts.return(undefined)),
    },
    { highWaterMark: 1 },
  )
}
