import { separator } from './text.ts'

/** A piece of a text that was rewritten. */
export type Piece = { text: string; was: 'same' | 'gone' | 'new' }

/** A line that says something else than at the last consent; one side is empty where it is new, or gone. */
export type Rewritten = { pieces: Piece[] }

/** What a line is about: the scope that it ends with, else what it begins with. */
function subjectOf(line: string, scopes: ReadonlySet<string>): string {
  const parts = line.split(separator)
  const last = parts.at(-1) ?? ''
  return scopes.has(last) ? `scope ${last}` : (parts[0] ?? '')
}

function bySubject(lines: readonly string[], scopes: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of lines) {
    const subject = subjectOf(line, scopes)
    found.set(subject, [...(found.get(subject) ?? []), line])
  }
  return found
}

/**
 * What two texts of a consent say differently about the same things, in the order of the new one. Scopes that only
 * one of them has are no rewording: they are told as new, or as gone.
 * @param lang of both, for where its words begin and end
 */
export function rewordings(
  before: readonly string[],
  now: readonly string[],
  scopes: readonly string[],
  lang: string,
): Rewritten[] {
  const known = new Set(scopes)
  const [old, present] = [bySubject(before, known), bySubject(now, known)]
  return [...present].flatMap(([subject, lines]) => {
    const earlier = old.get(subject) ?? []
    if (subject.startsWith('scope ') && earlier.length === 0) return []
    const gone = earlier.filter((line) => !lines.includes(line))
    const added = lines.filter((line) => !earlier.includes(line))
    return Array.from({ length: Math.max(gone.length, added.length) }, (_, at) => ({
      pieces: piecesOf(gone[at] ?? '', added[at] ?? '', lang),
    }))
  })
}

const wordsIn = (text: string, lang: string): string[] =>
  [...new Intl.Segmenter(lang, { granularity: 'word' }).segment(text)].map(({ segment }) => segment)

/** Most words of a line that are compared one by one; longer ones are told as replaced. */
const wordsMax = 400

/** The difference of two lines, by words (longest common subsequence). */
export function piecesOf(before: string, now: string, lang: string): Piece[] {
  const [a, b] = [wordsIn(before, lang), wordsIn(now, lang)]
  if (a.length > wordsMax || b.length > wordsMax) return joined([piece(before, 'gone'), piece(now, 'new')])
  // shared[i][j]: words in common of what begins at i and at j.
  const shared = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  const at = (i: number, j: number) => shared[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = shared[i]
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pieces: Piece[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      pieces.push(piece(a[i] ?? '', 'same'))
      i++
      j++
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      pieces.push(piece(a[i++] ?? '', 'gone'))
    } else pieces.push(piece(b[j++] ?? '', 'new'))
  }
  return joined(pieces)
}

const piece = (text: string, was: Piece['was']): Piece => ({ text, was })

/** Neighbours of one kind as one, the gone ones before the new ones that take their place. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = []
  let [gone, added] = ['', '']
  const same = (text: string) => {
    const last = out.at(-1)
    if (last?.was === 'same') last.text += text
    else if (text) out.push(piece(text, 'same'))
  }
  const flush = () => {
    // A space that ends both was not replaced.
    const tail = /\s+$/.exec(gone)?.[0] ?? ''
    const shared = tail !== '' && added.endsWith(tail) ? tail.length : 0
    const cut = (text: string) => text.slice(0, text.length - shared)
    if (cut(gone)) out.push(piece(cut(gone), 'gone'))
    if (cut(added)) out.push(piece(cut(added), 'new'))
    same(tail.slice(0, shared))
    gone = ''
    added = ''
  }
  for (const { text, was } of pieces) {
    if (was === 'gone') gone += text
    else if (was === 'new') added += text
    else {
      // A space between two replaced words is replaced with them.
      if (text.trim() === '' && gone && added) {
        gone += text
        added += text
        continue
      }
      flush()
      same(text)
    }
  }
  flush()
  return out
}
