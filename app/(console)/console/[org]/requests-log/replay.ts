import { curlOf } from '#components/ui/curl'
import type { RequestLine } from '#lib/request-log'

/** Told in place of a value that was not kept. */
const forgotten = '…'

/**
 * The command that asks the same again. A body is not kept: its fields are named, and what they held is for the reader
 * to fill in; the tool that was called is known.
 */
export function replayOf(
  { method, path, query, fields, tool_name }: RequestLine,
  publicUrl: string,
): { curl: string; whole: boolean } {
  const body = Object.fromEntries(
    fields.map((name) => [name, name === 'tool_name' && tool_name ? tool_name : forgotten]),
  )
  const url = `${publicUrl}${path}${query && `?${query}`}`
  const curl = curlOf({ method, url, ...(fields.length > 0 && { body }) })
  return { curl, whole: fields.length === 0 && !path.includes('{') && !path.startsWith('/mcp') }
}
