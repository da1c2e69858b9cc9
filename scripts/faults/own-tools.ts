// Writes at the practice provider that its connector does not offer: those that no key of the provider's protects.
import { z } from 'zod'
import { connectors } from '#connectors'
import { paginate, type ToolHttp, tool } from '#lib/connector-kit'

const task = z.object({ id: z.string(), title: z.string(), notes: z.string().nullish() })
const page = z.object({ tasks: z.array(task), next_cursor: z.string().nullable() })
const input = z.strictObject({ title: z.string().max(200) })

const appendTask = tool({
  name: 'sandbox.append_task',
  title: 'Append a task',
  description: 'Creates a task without a key, and nobody can look up whether it did.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: false,
  input,
  output: task,
  run: async ({ input, http }) => task.parse(await http.post('/api/tasks', { json: input })),
})

async function noted(http: ToolHttp, mark: string) {
  const { items } = await paginate(
    async (cursor) => {
      const query = { limit: 100, ...(cursor !== null && { cursor }) }
      const { tasks, next_cursor } = page.parse(await http.get('/api/tasks', { query }))
      return { items: tasks, next: next_cursor }
    },
    100_000,
    { pagesMax: 1_000 },
  )
  return items.find(({ notes }) => notes === mark)
}

const noteTask = tool({
  name: 'sandbox.note_task',
  title: 'Note a task',
  description: 'Creates a task without a key, with a mark of its own by which it is found again.',
  scopes: [['tasks:write', 'tasks:read']],
  effect: 'write',
  idempotent: false,
  input,
  output: task,
  run: async ({ input, http, executionId }) =>
    task.parse(await http.post('/api/tasks', { json: { ...input, notes: executionId } })),
  reconcile: async ({ http, executionId }) => {
    const found = await noted(http, executionId)
    return found ? { outcome: 'happened', output: found } : { outcome: 'did_not' }
  },
})

for (const own of [appendTask, noteTask]) Object.assign(connectors.sandbox?.tools ?? {}, { [own.name]: own })
