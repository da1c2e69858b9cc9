import type { cursorsOf } from './cursors.ts'
import type { PageForm } from './page-forms.ts'
import type { CallOptions, ToolHttp } from './tool.ts'

/**
 * Reads the page of a list that a caller asks for.
 * @param read parses the body, and says how many entries it held
 * @returns what `read` made of it, and the `next_cursor` to answer with
 */
export async function listPage<Found>(
  http: ToolHttp,
  path: string,
  ask: {
    form: PageForm
    cursors: ReturnType<typeof cursorsOf>
    cursor: string | undefined
    size: number
    options?: Omit<CallOptions, 'json'>
    read: (body: unknown) => { found: Found; received: number }
  },
): Promise<{ found: Found; next_cursor: string | null }> {
  const at = { cursor: ask.cursors.open(ask.cursor), size: ask.size }
  const answer = await http.getAnswer(path, {
    ...ask.options,
    query: { ...ask.options?.query, ...ask.form.query(at) },
  })
  const { found, received } = ask.read(answer.body)
  return { found, next_cursor: ask.cursors.seal(ask.form.next(answer, at, received)) }
}
