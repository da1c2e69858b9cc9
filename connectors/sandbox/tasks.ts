import { z } from 'zod'
import { byCursor, cursorsOf, ifThere, paginate, segment, type ToolHttp, tool } from '#lib/connector-kit'

const task = z.object({
  id: z.string(),
  title: z.string(),
  notes: z.string().nullish(),
  status: z.string(),
  project_id: z.string().nullish(),
  due_on: z.string().nullish(),
})
export type Task = z.infer<typeof task>
const taskPage = z.object({ tasks: z.array(task), next_cursor: z.string().nullable() })
/** Most tasks that the provider puts on one page. */
const pageMax = 50
export const fetchTask = async (http: ToolHttp, id: string): Promise<Task> =>
  task.parse(await http.get(`/api/tasks/${segment(id)}`))
const taskId = z.string().min(1).max(100).describe('Id of the task')
const dueOn = z.iso.date().describe('Due date, such as 2026-12-24')

const listed = byCursor({ param: 'cursor', size: 'limit', next: 'next_cursor' })
const cursors = cursorsOf('sandbox.list_tasks')

export const listTasks = tool({
  name: 'sandbox.list_tasks',
  title: 'List tasks',
  description: 'Lists the tasks of the connected Acme Tasks account, a page at a time.',
  scopes: [['tasks:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    status: z.enum(['open', 'done']).optional().describe('Only tasks in this state'),
    project_id: z.string().max(100).optional().describe('Only tasks of this project'),
    limit: z.number().int().min(1).max(100).default(20).describe('Most tasks to return'),
    cursor: cursors.field,
  }),
  output: taskPage,
  run: async ({ input: { limit, cursor, ...filter }, http }) => {
    const { items, next } = await paginate(
      async (from, remaining) => {
        const at = { cursor: from, size: Math.min(remaining, pageMax) }
        const answer = await http.getAnswer('/api/tasks', { query: { ...filter, ...listed.query(at) } })
        const { tasks } = taskPage.parse(answer.body)
        return { items: tasks, next: listed.next(answer, at, tasks.length) }
      },
      limit,
      { cursor: cursors.open(cursor) },
    )
    return { tasks: [...items], next_cursor: cursors.seal(next) }
  },
})

export const getTask = tool({
  name: 'sandbox.get_task',
  title: 'Get a task',
  description: 'Reads one task by its id.',
  scopes: [['tasks:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ task_id: taskId }),
  output: task,
  run: ({ input, http }) => fetchTask(http, input.task_id),
})

export const createTask = tool({
  name: 'sandbox.create_task',
  title: 'Create a task',
  description: 'Creates a task and answers it with its id.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: false,
  input: z.strictObject({
    title: z.string().min(1).max(200).describe('What is to be done'),
    notes: z.string().max(5000).optional(),
    project_id: z.string().max(100).optional(),
    due_on: dueOn.optional(),
  }),
  output: task,
  idempotencyKey: { header: 'idempotency-key' },
  run: async ({ input, http }) => task.parse(await http.post('/api/tasks', { json: input })),
  reconcile: async ({ http, executionId }) => {
    const found = await ifThere(http.get(`/api/idempotency_keys/${segment(executionId)}`))
    return found === null ? { outcome: 'did_not' } : { outcome: 'happened', output: task.parse(found) }
  },
})

export const updateTask = tool({
  name: 'sandbox.update_task',
  title: 'Change a task',
  description: 'Changes the title, notes, project or due date of a task; what is left out stays.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: true,
  input: z.strictObject({
    task_id: taskId,
    title: z.string().min(1).max(200).optional(),
    notes: z.string().max(5000).optional(),
    project_id: z.string().max(100).optional(),
    due_on: dueOn.optional(),
  }),
  output: task,
  run: async ({ input: { task_id, ...change }, http }) =>
    task.parse(await http.patch(`/api/tasks/${segment(task_id)}`, { json: change })),
})

export const completeTask = tool({
  name: 'sandbox.complete_task',
  title: 'Complete a task',
  description: 'Marks a task as done.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: true,
  input: z.strictObject({ task_id: taskId }),
  output: task,
  run: async ({ input, http }) =>
    task.parse(await http.post(`/api/tasks/${segment(input.task_id)}/complete`)),
})

export const deleteTask = tool({
  name: 'sandbox.delete_task',
  title: 'Delete a task',
  description: 'Deletes a task for good.',
  scopes: [['tasks:delete']],
  effect: 'delete',
  idempotent: true,
  input: z.strictObject({ task_id: taskId }),
  output: z.object({ deleted: z.literal(true) }),
  run: async ({ input, http }) => {
    await http.delete(`/api/tasks/${segment(input.task_id)}`)
    return { deleted: true as const }
  },
})

export const projectList = z.object({ projects: z.array(z.object({ id: z.string(), name: z.string() })) })

export const listProjects = tool({
  name: 'sandbox.list_projects',
  title: 'List projects',
  description: 'Lists the projects of the connected Acme Tasks account.',
  scopes: [['projects:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({}),
  output: projectList,
  run: async ({ http }) => projectList.parse(await http.get('/api/projects')),
})
