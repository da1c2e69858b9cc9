import { z } from 'zod'

const charsMax = 6_000

/**
 * The cursors of one tool: what a caller is given as `next_cursor` and gives back as `cursor`. It says nothing to them,
 * and is good for this tool alone; one of another tool is refused with the other params, before anything is done.
 * It is no secret and no proof: within it is what the provider said, or what a caller made up in its place.
 */
export function cursorsOf(toolName: string) {
  const open = (cursor: string): string | null => {
    try {
      const held: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
      if (!Array.isArray(held) || held.length !== 2 || held[0] !== toolName) return null
      return typeof held[1] === 'string' ? held[1] : null
    } catch {
      return null
    }
  }
  return {
    /** For the tool's input. */
    field: z
      .string()
      .max(charsMax)
      .refine((cursor) => open(cursor) !== null, `is not a next_cursor of ${toolName}`)
      .optional()
      .describe('next_cursor of the page before'),
    /** Where to begin, in the provider's words; `null` for the first page. */
    open: (cursor: string | undefined): string | null => (cursor === undefined ? null : open(cursor)),
    /** For the tool's output. */
    seal: (next: string | null): string | null =>
      next === null ? null : Buffer.from(JSON.stringify([toolName, next])).toString('base64url'),
  }
}
