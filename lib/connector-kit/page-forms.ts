import type { Answered, Query } from './tool.ts'

/** Where a page begins and how large it is to be. */
type At = { cursor: string | null; size: number }

/** How a provider pages: what is asked for a page, and where its answer says that the next one begins. */
export type PageForm = {
  query(at: At): Query
  /**
   * @param received how many entries the page had, before anything was left out of it
   * @returns `null` after the last page
   */
  next(answer: Answered, at: At, received: number): string | null
}

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null

/** What stands at a dotted path of a body, such as `response_metadata.next_cursor`. */
function fieldAt(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Record<string, unknown>)[name]
          : undefined,
      body,
    )
}

type Names = {
  /** Query parameter with where to begin. */
  param: string
  /** Query parameter with how many; left out where the provider takes none. */
  size?: string
}
const sized = ({ size }: Names, at: At): Query => (size === undefined ? {} : { [size]: at.size })

/**
 * A cursor or token in the body that the next request carries. An empty one is the end, and so is `more` saying no.
 * @param more a dotted path to a field that is false on the last page
 */
export const byCursor = (names: Names & { next: string; more?: string }): PageForm => ({
  query: (at) => ({ ...sized(names, at), ...(at.cursor !== null && { [names.param]: at.cursor }) }),
  next: ({ body }) =>
    names.more !== undefined && fieldAt(body, names.more) === false ? null : text(fieldAt(body, names.next)),
})

/** As `byCursor`, where the provider calls it a token: Google's `pageToken` and `nextPageToken` unless told. */
export const byToken = (
  names: Names & { next: string } = { param: 'pageToken', next: 'nextPageToken' },
): PageForm => byCursor(names)

const number = (cursor: string | null, first: number): number => {
  const value = cursor === null ? first : Number(cursor)
  return Number.isSafeInteger(value) && value >= 0 ? value : first
}

/**
 * Numbered pages.
 * @param more reads from the body whether there is another; a page that is full has one unless told
 */
export const byPage = (names: Names & { more?: (body: unknown) => boolean }): PageForm => ({
  query: (at) => ({ ...sized(names, at), [names.param]: number(at.cursor, 1) }),
  next: ({ body }, at, received) =>
    (names.more ? names.more(body) : received >= at.size) ? String(number(at.cursor, 1) + 1) : null,
})

/** Entries to skip. @param total a dotted path to how many there are in all; without it a full page has a next */
export const byOffset = (names: Names & { total?: string }): PageForm => ({
  query: (at) => ({ ...sized(names, at), [names.param]: number(at.cursor, 0) }),
  next: ({ body }, at, received) => {
    const reached = number(at.cursor, 0) + received
    const total = names.total === undefined ? null : fieldAt(body, names.total)
    const more = typeof total === 'number' ? reached < total : received >= at.size
    return received > 0 && more ? String(reached) : null
  },
})

/**
 * The `Link` header with `rel="next"` (RFC 8288). Of the address only these parameters are taken along: neither host nor
 * path nor what was filtered by can change on the way to the next page.
 * @param params the provider's parameters that say where a page begins
 */
export const byLink = (names: { params: readonly string[]; size?: string }): PageForm => ({
  query: (at) => {
    const kept = new URLSearchParams(at.cursor ?? '')
    const where = names.params.flatMap((name) => (kept.has(name) ? [[name, kept.get(name) ?? '']] : []))
    return { ...(names.size !== undefined && { [names.size]: at.size }), ...Object.fromEntries(where) }
  },
  next: (answer) => {
    const target = nextLink(answer.header('link'))
    const url = target === null ? null : URL.parse(target, 'https://provider.invalid')
    if (!url) return null
    const kept = new URLSearchParams()
    for (const name of names.params)
      for (const value of url.searchParams.getAll(name)) kept.append(name, value)
    return kept.size === 0 ? null : kept.toString()
  },
})

/** The target of the first link whose relation types have `next` among them (RFC 8288 §3). */
export function nextLink(header: string | null): string | null {
  // A target may hold commas and semicolons, quoted parameters may too: split by what is outside of both.
  for (const [, target = '', params = ''] of (header ?? '').matchAll(
    /<([^>]*)>((?:[^,"]|"(?:[^"\\]|\\.)*")*)/g,
  )) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(params)
    if ((rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('next')) return target
  }
  return null
}
