// What a file of credentials holds, one entry at a time: a file may be larger than memory, and one bad entry must not
// hide the others. No problem is told in the words of a parser, which quote what they could not read.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { CsvError, parse } from 'csv-parse'

/** An entry and the line of the file where it stands. */
export type Line = { line: number; value: unknown } | { line: number; problem: string }

/** The body of the API has the same bound. */
const entryCharactersMax = 1024 * 1024

/** Entries of a CSV file with a header. @throws Error when the header is not one of `columns` */
export async function* csvLines(
  file: string,
  columns: readonly string[],
  required: readonly string[],
): AsyncGenerator<Line> {
  const bad: Line[] = []
  const rows = createReadStream(file, 'utf8').pipe(
    parse({
      bom: true,
      trim: true,
      info: true,
      skip_empty_lines: true,
      max_record_size: entryCharactersMax,
      skip_records_with_error: true,
      on_skip: (error) => {
        bad.push({ line: lineOf(error), problem: error?.code ?? 'unreadable' })
        return undefined
      },
      columns: (header: string[]) => {
        // By its number: in a file without a header the first line is somebody's tokens.
        const stranger = header.findIndex((name) => !columns.includes(name))
        if (stranger >= 0)
          throw new Error(`column ${stranger + 1} of the header is none of ${columns.join(', ')}`)
        const missing = required.find((name) => !header.includes(name))
        if (missing) throw new Error(`the header has no column "${missing}"`)
        return header
      },
    }),
  )
  try {
    for await (const { info, record } of rows as AsyncIterable<{
      info: { lines: number }
      record: unknown
    }>) {
      yield* bad.splice(0)
      yield { line: info.lines, value: record }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    bad.push({ line: lineOf(error), problem: error.code })
  }
  yield* bad
}

const lineOf = (error: unknown): number => {
  const { lines } = (error ?? {}) as { lines?: unknown }
  return typeof lines === 'number' ? lines : 0
}

/** Entries of a file with one JSON object a line, or with one JSON array of objects. */
export async function* jsonLines(file: string): AsyncGenerator<Line> {
  if ((await firstCharacter(file)) === '[') yield* arrayElements(file)
  else yield* separateLines(file)
}

async function firstCharacter(file: string): Promise<string | undefined> {
  for await (const chunk of createReadStream(file, 'utf8')) {
    const text = String(chunk)
      .replace(/^\uFEFF/, '')
      .trimStart()
    if (text !== '') return text[0]
  }
  return undefined
}

const read = (line: number, text: string): Line => {
  if (text.length > entryCharactersMax) return { line, problem: 'too_large' }
  try {
    return { line, value: JSON.parse(text) }
  } catch {
    return { line, problem: 'invalid_json' }
  }
}

async function* separateLines(file: string): AsyncGenerator<Line> {
  let line = 0
  const input = createReadStream(file, 'utf8')
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    const entry = text.replace(/^\uFEFF/, '').trim()
    if (entry !== '') yield read(line, entry)
  }
}

/** Cuts an array into its elements by brackets and quotes alone, so that each is parsed by itself. */
async function* arrayElements(file: string): AsyncGenerator<Line> {
  let line = 1
  let depth = 0
  let quoted = false
  let escaped = false
  let startedAt = 1
  let element = ''
  for await (const chunk of createReadStream(file, 'utf8')) {
    for (const character of String(chunk)) {
      if (character === '\n') line++
      const opens = !quoted && (character === '{' || character === '[')
      const closes = !quoted && (character === '}' || character === ']')
      if (closes) depth--
      const ends = depth === 1 && !quoted && character === ','
      if ((ends || (closes && depth === 0)) && element.trim() !== '') {
        yield read(startedAt, element)
        element = ''
      } else if (depth > 0 && !ends) {
        if (element === '') startedAt = line
        // One character more than may be says that it is too large; more need not be kept.
        if (element.length <= entryCharactersMax && (element !== '' || character.trim() !== ''))
          element += character
      }
      if (opens) depth++
      if (character === '"' && !escaped && depth > 0) quoted = !quoted
      escaped = quoted && character === '\\' && !escaped
    }
  }
  if (depth > 0) yield { line: startedAt, problem: 'unexpected_end' }
}
