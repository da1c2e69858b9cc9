import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

/** Tools in one page of the list. */
export const pageSize = 200

/**
 * A page of a list that is ordered by name. The cursor is the last name told, so that a tool that comes or goes between
 * two pages moves no other.
 * @throws ProtocolError for a cursor that this list has not given out (MCP 2026-07-28, Pagination)
 */
export function pageAfter<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  cursor: string | undefined,
): { items: readonly Item[]; nextCursor?: string } {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  if (cursor !== undefined && !/^[a-z0-9_.]{1,64}$/.test(after))
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is not one that this list gave out.')
  const begin = cursor === undefined ? 0 : items.findIndex((item) => nameOf(item) > after)
  const rest = begin < 0 ? [] : items.slice(begin, begin + pageSize)
  const last = rest.at(-1)
  const more = begin >= 0 && begin + pageSize < items.length && last !== undefined
  return { items: rest, ...(more && { nextCursor: Buffer.from(nameOf(last)).toString('base64url') }) }
}
