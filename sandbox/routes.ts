import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { BodyTooLarge, type Reply, readText } from './answer.ts'
import { type Attachments, FileCutOff, FileTooLarge } from './attachments.ts'
import type { Person } from './people.ts'
import type { TaskData } from './tasks.ts'

const fields = {
  title: z.string().trim().min(1).max(200),
  notes: z.string().max(10_000),
  project_id: z.string().nullable(),
  due_on: z.iso.date().nullable(),
}
const newTask = z.strictObject({
  title: fields.title,
  notes: fields.notes.default(''),
  project_id: fields.project_id.default(null),
  due_on: fields.due_on.default(null),
})
const taskChanges = z.strictObject({ ...fields, status: z.enum(['open', 'done']) }).partial()
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
  status: z.enum(['open', 'done']).optional(),
  project_id: z.string().optional(),
})

/** What is said in place of an answer. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>
  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** A request whose caller is known. */
export interface Call {
  req: IncomingMessage
  person: Person
  /** The id in the address, of a task or a key. */
  objectId: string
  /** The id of a part of it, of an attachment. */
  partId: string
  query: URLSearchParams
  /** Ends the key that the call is authorised with; `null` where it is a token of OAuth's. */
  endKey: (() => void) | null
}

export interface Route {
  method: string
  pattern: string
  scope: string | null
  run: (call: Call) => Promise<Reply> | Reply
}

function check<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new Refusal(
    422,
    'invalid_input',
    `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`,
  )
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(req.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'unsupported_media_type', 'send application/json')
  }
  try {
    return JSON.parse(await readText(req))
  } catch (error) {
    if (error instanceof BodyTooLarge) throw new Refusal(413, 'too_large', 'the body is larger than 64 KB')
    throw new Refusal(400, 'invalid_json', 'the body is not JSON')
  }
}

const encodeCursor = (id: string) => Buffer.from(`after:${id}`).toString('base64url')
const decodeCursor = (cursor: string) =>
  Buffer.from(cursor, 'base64url')
    .toString()
    .replace(/^after:/, '')

const first = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)

/** As its name comes in an address: one that would mean more than a name is refused. */
const attachmentName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^/\\\p{Cc}]+$/u)

/** What the task API answers, address by address. */
export function createRoutes(data: TaskData, attachments: Attachments): Route[] {
  const mine = ({ person, objectId }: Call) => {
    const task = data.find(person.id, objectId)
    if (!task) throw new Refusal(404, 'not_found', 'there is no such task')
    return task
  }
  const knownProject = (person: Person, projectId: string | null | undefined) => {
    if (projectId && !data.projects(person.id).some((project) => project.id === projectId)) {
      throw new Refusal(422, 'invalid_input', 'project_id: there is no such project')
    }
  }
  return [
    {
      method: 'DELETE',
      pattern: '/api/keys/current',
      scope: null,
      run({ endKey }) {
        if (!endKey) throw new Refusal(404, 'not_found', 'this is no key')
        endKey()
        return { status: 204 }
      },
    },
    { method: 'GET', pattern: '/api/me', scope: null, run: ({ person }) => ({ status: 200, body: person }) },
    {
      method: 'GET',
      pattern: '/api/projects',
      scope: 'projects:read',
      run: ({ person }) => ({ status: 200, body: { projects: data.projects(person.id) } }),
    },
    {
      method: 'GET',
      pattern: '/api/tasks',
      scope: 'tasks:read',
      run({ person, query }) {
        const asked = check(listQuery, Object.fromEntries(query))
        const page = data.list(person.id, {
          limit: asked.limit,
          after: asked.cursor === undefined ? null : decodeCursor(asked.cursor),
          status: asked.status ?? null,
          projectId: asked.project_id ?? null,
        })
        if (page === 'unknown_cursor') throw new Refusal(422, 'invalid_input', 'cursor: not one of ours')
        const next_cursor = page.next === null ? null : encodeCursor(page.next)
        return { status: 200, body: { tasks: page.tasks, next_cursor } }
      },
    },
    {
      method: 'POST',
      pattern: '/api/tasks',
      scope: 'tasks:write',
      async run({ req, person }) {
        const input = check(newTask, await readJson(req))
        knownProject(person, input.project_id)
        const key = first(req.headers['idempotency-key']) ?? null
        const { task, replayed } = data.create(person.id, input, key)
        return { status: 201, body: task, headers: replayed ? { 'idempotent-replayed': 'true' } : {} }
      },
    },
    {
      // What became of a request whose answer was lost.
      method: 'GET',
      pattern: '/api/idempotency_keys/{id}',
      scope: 'tasks:write',
      run({ person, objectId }) {
        const task = data.createdUnder(person.id, objectId)
        if (!task) throw new Refusal(404, 'not_found', 'nothing was created under this key')
        return { status: 200, body: task }
      },
    },
    {
      method: 'GET',
      pattern: '/api/tasks/{id}',
      scope: 'tasks:read',
      run: (call) => ({ status: 200, body: mine(call) }),
    },
    {
      method: 'PATCH',
      pattern: '/api/tasks/{id}',
      scope: 'tasks:write',
      async run(call) {
        const task = mine(call)
        const parsed = check(taskChanges, await readJson(call.req))
        knownProject(call.person, parsed.project_id)
        return { status: 200, body: data.update(task, parsed) }
      },
    },
    {
      method: 'POST',
      pattern: '/api/tasks/{id}/complete',
      scope: 'tasks:write',
      run: (call) => ({ status: 200, body: data.update(mine(call), { status: 'done' }) }),
    },
    {
      method: 'GET',
      pattern: '/api/tasks/{id}/attachments',
      scope: 'tasks:read',
      run: (call) => ({ status: 200, body: { attachments: attachments.of(mine(call).id) } }),
    },
    {
      method: 'POST',
      pattern: '/api/tasks/{id}/attachments',
      scope: 'tasks:write',
      async run(call) {
        const { id: taskId } = mine(call)
        const name = check(attachmentName, call.query.get('name'))
        const mediaType = call.req.headers['content-type'] ?? 'application/octet-stream'
        const key = first(call.req.headers['idempotency-key']) ?? null
        try {
          const file = { taskId, name, mediaType, key }
          const { attachment, replayed } = await attachments.add(call.req, file)
          return { status: 201, body: attachment, headers: replayed ? { 'idempotent-replayed': 'true' } : {} }
        } catch (error) {
          if (error instanceof FileTooLarge) throw new Refusal(413, 'too_large', 'the file is too large')
          if (error instanceof FileCutOff) throw new Refusal(400, 'incomplete', 'the file was cut off')
          throw error
        }
      },
    },
    {
      method: 'GET',
      pattern: '/api/tasks/{id}/attachments/{part}',
      scope: 'tasks:read',
      run(call) {
        const found = attachments.content(mine(call).id, call.partId)
        if (!found) throw new Refusal(404, 'not_found', 'there is no such attachment')
        const name = encodeURIComponent(found.name).replaceAll(
          /['()*]/g,
          (sign) => `%${sign.charCodeAt(0).toString(16)}`,
        )
        const headers = {
          'content-type': found.media_type,
          'content-disposition': `attachment; filename*=UTF-8''${name}`,
        }
        return { status: 200, bytes: found.content, headers }
      },
    },
    {
      method: 'DELETE',
      pattern: '/api/tasks/{id}',
      scope: 'tasks:delete',
      run(call) {
        data.remove(call.person.id, mine(call).id)
        return { status: 204 }
      },
    },
  ]
}

/** @throws Refusal for an address or a method that is not there */
export function matchRoute(
  routes: Route[],
  method: string,
  path: string,
): { route: Route; objectId: string; partId: string } {
  const [, kind = '', objectId = '', partId = ''] =
    /^\/api\/(tasks|idempotency_keys)\/([^/]+)(?:\/attachments\/([^/]+)$)?/.exec(path) ?? []
  const whole = objectId === '' ? path : path.replace(`/api/${kind}/${objectId}`, `/api/${kind}/{id}`)
  const pattern = partId === '' ? whole : `/api/${kind}/{id}/attachments/{part}`
  const here = routes.filter((route) => route.pattern === pattern)
  const route = here.find((candidate) => candidate.method === method)
  if (route) return { route, objectId, partId }
  if (here.length === 0) throw new Refusal(404, 'not_found', 'there is no such address')
  const allow = here.map((candidate) => candidate.method).join(', ')
  throw new Refusal(405, 'method_not_allowed', `use ${allow}`, { allow })
}
