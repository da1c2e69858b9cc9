// An evidence report in JSON as a file: one row a line, so that it is read as it lies, whatever its size.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type FoundHead, readHead } from '../checkpoints/head.ts'

const begun = '{"kind":"evidence",'

export type ChainLine = { line: number; text: string }

/** The value of a row's one field; rows of a section stand on lines of their own. */
function field(text: string, name: string): string | null {
  try {
    const row = JSON.parse(text.replace(/,$/, '').replace(/\]\}\}?$/, '')) as Record<string, unknown>
    return typeof row[name] === 'string' ? row[name] : null
  } catch {
    return null
  }
}

/**
 * The lines of an NDJSON export, or those that an evidence report has of them.
 * @param heads where signed heads that the report has are put, before its first line comes
 */
export async function* chainLines(path: string, heads: FoundHead[]): AsyncGenerator<ChainLine> {
  const input = createReadStream(path)
  let line = 0
  let section: string | null = null
  let evidence = false
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++
      if (line === 1 && text.startsWith(begun)) evidence = true
      if (!evidence) {
        yield { line, text }
        continue
      }
      const opened = /^,?"(\w+)":\{"title":/.exec(text)?.[1]
      if (opened) section = opened
      else if (section === 'heads') {
        const head = readHead(field(text, 'jws') ?? '', 'report')
        if (head) heads.push(head)
      } else if (section === 'chain' && text.startsWith('{'))
        yield { line, text: field(text, 'line') ?? text }
    }
  } finally {
    input.destroy()
  }
}
