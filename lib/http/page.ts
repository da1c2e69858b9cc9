import { z } from 'zod'
import { AppError } from '#lib/errors'
import { type IdKind, parseId } from '#lib/ids'

/** The query of a list (API.md "Lists"). A filter that is misspelt must not answer as if there were none. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('Most items to return'),
  cursor: z.string().max(500).optional().describe('next_cursor of the page before'),
})

/** The body of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), has_more: z.boolean(), next_cursor: z.string().nullable() })

const foreignCursor = () =>
  new AppError('invalid_request', {
    detail: 'The cursor is not one that this list gave out.',
    param: 'cursor',
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  })

/**
 * Opens a cursor: opaque to callers, here the key of the last item seen.
 * @throws AppError `invalid_request` for one that this API did not make
 */
export function openCursor(cursor: string | undefined, shape: RegExp): string | null {
  if (cursor === undefined) return null
  const key = Buffer.from(cursor, 'base64url').toString()
  if (!shape.test(key)) {
    throw foreignCursor()
  }
  return key
}

export const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const sequenceShape = /^\d{1,18}$/

/**
 * A page from rows that were asked for one more than `limit`, so that `has_more` is known.
 * @param keyOf what the next page continues from
 */
export function page<Item>(rows: readonly Item[], limit: number, keyOf: (item: Item) => string) {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const more = rows.length > limit && last !== undefined
  return { data, has_more: more, next_cursor: more ? Buffer.from(keyOf(last)).toString('base64url') : null }
}

/** Continues a list from the internal id behind an item's public one. */
export const cursorOf =
  (kind: IdKind) =>
  (item: { id: string }): string =>
    parseId(kind, item.id) ?? ''

/** The path of a `/{id}` route. */
export const idParam = z.object({ id: z.string().max(128) })

/**
 * Where a page of a fixed list begins.
 * @throws AppError `invalid_request` when the cursor names nothing in it
 */
export function startAfter<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  after: string | null,
): number {
  if (after === null) return 0
  const at = items.findIndex((item) => keyOf(item) === after)
  if (at < 0) throw foreignCursor()
  return at + 1
}
