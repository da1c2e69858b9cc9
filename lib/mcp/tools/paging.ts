import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

/** Tools in one page of the list. */
export const pageSize = 200

/**
 * A page of a list of names. The cursor is the last name told, so that a tool that comes or goes between two pages moves
 * no other.
 * @throws ProtocolError for a cursor that this list has not given out (MCP 2026-07-28, Pagination)
 */
export function pageAfter(
  names: readonly string[],
  cursor: string | undefined,
): { items: readonly string[]; nextCursor?: string } {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  if (cursor !== undefined && !/^[a-z0-9_.]{1,64}$/.test(after))
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is not one that this list gave out.')
  const found = names.findIndex((name) => name > after)
  const begin = found < 0 ? names.length : found
  const items = names.slice(begin, begin + pageSize)
  const last = items.at(-1)
  const more = begin + pageSize < names.length && last !== undefined
  return { items, ...(more && { nextCursor: Buffer.from(last).toString('base64url') }) }
}
