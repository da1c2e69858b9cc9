import type { cursorsOf } from './cursors.ts'
import type { PageForm } from './page-forms.ts'
import type { CallOptions, ToolHttp } from './tool.ts'

/**
 * Reads the page of a list that a caller asks for.
 * @param ask.read parses the body
 * @param ask.count how many entries the page had, before any is left out; by itself where `read` answers a list
 * @returns what `read` made of it, and the `next_cursor` to answer with
 */
export async function listPage<Found>(
  http: Pick<ToolHttp, 'getAnswer'>,
  path: string,
  ask: {
    form: PageForm
    cursors: ReturnType<typeof cursorsOf>
    cursor: string | undefined
    size: number
    options?: Omit<CallOptions, 'json'>
    read: (body: unknown) => Found
    count?: (found: Found) => number
  },
): Promise<{ found: Found; next_cursor: string | null }> {
  const at = { cursor: ask.cursors.open(ask.cursor), size: ask.size }
  const answer = await http.getAnswer(path, {
    ...ask.options,
    query: { ...ask.options?.query, ...ask.form.query(at) },
  })
  const found = ask.read(answer.body)
  const received = ask.count?.(found) ?? (Array.isArray(found) ? found.length : 0)
  return { found, next_cursor: ask.cursors.seal(ask.form.next(answer, at, received)) }
}
