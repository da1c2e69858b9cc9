import { people } from './people.ts'

export interface Task {
  id: string
  title: string
  notes: string
  status: 'open' | 'done'
  project_id: string | null
  due_on: string | null
  created_at: string
  updated_at: string
  completed_at: string | null
}

export interface Project {
  id: string
  name: string
}

export interface TaskInput {
  title: string
  notes: string
  project_id: string | null
  due_on: string | null
}

/** A field that is absent stays as it is. */
export type TaskChanges = { [K in keyof TaskInput | 'status']?: Task[K] | undefined }

interface Board {
  projects: Project[]
  tasks: Task[]
  byIdempotencyKey: Map<string, string>
}

const seeds: readonly [title: string, project: 0 | 1 | null, dueInDays: number | null, done: boolean][] = [
  ['Send the quarterly report', 0, 1, false],
  ['Book the venue for the offsite', 1, 3, false],
  ['Reply to the supplier about the invoice', 0, 0, false],
  ['Draft the agenda for Monday', 1, 2, false],
  ['Renew the domain name', null, 14, false],
  ['Collect feedback on the new logo', 0, null, false],
  ['Order coffee for the office', null, -2, true],
]

const dayMs = 86_400_000
const day = (offset: number) => new Date(Date.now() + offset * dayMs).toISOString().slice(0, 10)

function seedBoard(shortId: string): Board {
  const projects = [
    { id: `prj_${shortId}_1`, name: 'Operations' },
    { id: `prj_${shortId}_2`, name: 'Team offsite' },
  ]
  const tasks = seeds.map(([title, project, dueInDays, done], index): Task => {
    const createdAt = new Date(Date.now() - (seeds.length - index) * 3_600_000).toISOString()
    return {
      id: `tsk_${shortId}_${index + 1}`,
      title,
      notes: '',
      status: done ? 'done' : 'open',
      project_id: project === null ? null : (projects[project]?.id ?? null),
      due_on: dueInDays === null ? null : day(dueInDays),
      created_at: createdAt,
      updated_at: createdAt,
      completed_at: done ? createdAt : null,
    }
  })
  return { projects, tasks, byIdempotencyKey: new Map() }
}

export type TaskData = ReturnType<typeof createTaskData>

/** Every practice user has a board of their own; another user's task is absent, never forbidden. */
export function createTaskData() {
  const boards = new Map<string, Board>()
  let sequence = 0

  const reset = () => {
    boards.clear()
    for (const person of people) boards.set(person.id, seedBoard(person.id.replace('usr_', '')))
  }
  reset()

  const board = (userId: string): Board => {
    const found = boards.get(userId)
    if (!found) throw new Error(`no board for ${userId}`)
    return found
  }
  const find = (userId: string, taskId: string) => board(userId).tasks.find((task) => task.id === taskId)

  return {
    reset,
    projects: (userId: string) => board(userId).projects,
    find,

    /** @param after id of the last task already seen, or null for the first page */
    list(
      userId: string,
      { limit, after, status, projectId }: PageQuery,
    ): { tasks: Task[]; next: string | null } | 'unknown_cursor' {
      const all = board(userId).tasks
      const start = after === null ? 0 : all.findIndex((task) => task.id === after) + 1
      if (after !== null && start === 0) return 'unknown_cursor'
      const matching = all
        .slice(start)
        .filter((task) => status === null || task.status === status)
        .filter((task) => projectId === null || task.project_id === projectId)
      const tasks = matching.slice(0, limit)
      return { tasks, next: matching.length > limit ? (tasks.at(-1)?.id ?? null) : null }
    },

    create(
      userId: string,
      input: TaskInput,
      idempotencyKey: string | null,
    ): { task: Task; replayed: boolean } {
      const target = board(userId)
      const earlier = idempotencyKey === null ? undefined : target.byIdempotencyKey.get(idempotencyKey)
      const replay = earlier === undefined ? undefined : find(userId, earlier)
      if (replay) return { task: replay, replayed: true }
      sequence += 1
      const now = new Date().toISOString()
      const task: Task = {
        id: `tsk_${sequence.toString(36).padStart(6, '0')}`,
        ...input,
        status: 'open',
        created_at: now,
        updated_at: now,
        completed_at: null,
      }
      target.tasks.push(task)
      if (idempotencyKey !== null) target.byIdempotencyKey.set(idempotencyKey, task.id)
      return { task, replayed: false }
    },

    /** The task that was created under an idempotency key. */
    createdUnder(userId: string, key: string): Task | undefined {
      const id = board(userId).byIdempotencyKey.get(key)
      return id === undefined ? undefined : find(userId, id)
    },

    update(task: Task, changes: TaskChanges): Task {
      const now = new Date().toISOString()
      Object.assign(task, changes, { updated_at: now })
      if (changes.status !== undefined) task.completed_at = changes.status === 'done' ? now : null
      return task
    },

    remove(userId: string, taskId: string): boolean {
      const target = board(userId)
      const index = target.tasks.findIndex((task) => task.id === taskId)
      if (index < 0) return false
      target.tasks.splice(index, 1)
      return true
    },
  }
}

export interface PageQuery {
  /** tasks per page, 1 to 100 */
  limit: number
  after: string | null
  status: 'open' | 'done' | null
  projectId: string | null
}
