import type { z } from 'zod'
import { limit, type ResourceKind, type ToolHttp } from '#lib/connector-kit'
import { fetchTask, projectList, type Task } from './tasks.ts'

/** Where a task is that is in no project: never among what was picked. */
const nowhere = ''

type TaskRef = { task_id: string }
type Found = { project_id?: string | null | undefined }

/** Which project a task is in is not in the call: it is asked for before anything is done to the task. */
const projectOf = async ({ task_id }: TaskRef, http: ToolHttp): Promise<string[]> => {
  return [(await fetchTask(http, task_id)).project_id ?? nowhere]
}

/** What the tasks can be limited to. A task without a project lies outside of any. */
export const projects: ResourceKind = {
  words: {
    title: 'Projects',
    all: 'All my projects and tasks',
    some: 'Only the projects that I pick',
  },
  scopes: ['tasks:read', 'projects:read', 'tasks:write', 'tasks:delete'],
  listScopes: [['projects:read']],
  async list(http, { search }) {
    const found = projectList.parse(await http.get('/api/projects'))
    const sought = search.trim().toLowerCase()
    return {
      items: found.projects
        .filter(({ name }) => name.toLowerCase().includes(sought))
        .map(({ id, name }) => ({ id, label: name })),
      next: null,
    }
  },
  tools: {
    'sandbox.list_tasks': limit<{ project_id?: string }, { tasks: Task[]; next_cursor: string | null }>({
      keeps: (page, within) => ({
        ...page,
        tasks: page.tasks.filter(({ project_id }) => within(project_id)),
      }),
    }),
    'sandbox.get_task': limit<TaskRef, Task>({
      keeps: (task, within) => (within(task.project_id) ? task : undefined),
    }),
    'sandbox.create_task': limit<Found, Task>({
      touches: ({ project_id }) => [project_id ?? nowhere],
    }),
    'sandbox.update_task': limit<TaskRef & Found, Task>({
      // Both where the task is and where it would go.
      finds: async (params, http) => [
        ...(await projectOf(params, http)),
        ...(params.project_id === undefined ? [] : [params.project_id ?? nowhere]),
      ],
    }),
    'sandbox.complete_task': limit<TaskRef, Task>({ finds: projectOf }),
    'sandbox.delete_task': limit<TaskRef, unknown>({ finds: projectOf }),
    'sandbox.list_attachments': limit<TaskRef, unknown>({ finds: projectOf }),
    'sandbox.attach_file': limit<TaskRef, unknown>({ finds: projectOf }),
    'sandbox.download_attachment': limit<TaskRef, unknown>({ finds: projectOf }),
    'sandbox.list_projects': limit<unknown, z.infer<typeof projectList>>({
      keeps: (page, within) => ({ projects: page.projects.filter(({ id }) => within(id)) }),
    }),
  },
}
