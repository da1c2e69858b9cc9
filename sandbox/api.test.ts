import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Rig, startRig } from './rig.ts'
import type { Task } from './tasks.ts'

let rig: Rig
let token: string
beforeAll(async () => {
  rig = await startRig()
  token = (await rig.connect()).access_token
})
beforeEach(async () => {
  await rig.control('POST', 'reset', { data: true })
})
afterAll(() => rig.close())

interface Page {
  tasks: Task[]
  next_cursor: string | null
}
interface Problem {
  error: { code: string; message: string }
}
const page = async (query: string) => (await (await rig.api(token, `tasks?${query}`)).json()) as Page
const task = async (response: Response) => (await response.json()) as Task
const create = (body: unknown, headers: Record<string, string> = {}) =>
  rig.api(token, 'tasks', { method: 'POST', body: JSON.stringify(body), headers })

test('tells who the token acts for', async () => {
  expect(await (await rig.api(token, 'me')).json()).toEqual({
    id: 'usr_ana',
    name: 'Ana Souza',
    email: 'ana@acme.test',
  })
})

test('pages through all tasks once each, in order', async () => {
  const seen: string[] = []
  let cursor: string | null = ''
  let pages = 0
  while (cursor !== null) {
    const next: Page = await page(`limit=3${cursor ? `&cursor=${cursor}` : ''}`)
    seen.push(...next.tasks.map((one) => one.id))
    cursor = next.next_cursor
    pages += 1
  }
  expect(pages).toBe(3)
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `tsk_ana_${n}`))
})

test('filters by status and by project', async () => {
  expect((await page('status=done')).tasks.map((one) => one.status)).toEqual(['done'])
  const inProject = (await page('project_id=prj_ana_2')).tasks
  expect(inProject.length).toBe(2)
  expect(inProject.every((one) => one.project_id === 'prj_ana_2')).toBe(true)
})

test.each(['limit=0', 'limit=101', 'limit=x', 'cursor=bm9wZQ', 'status=lost'])(
  'refuses the query %s with 422',
  async (query) => {
    const response = await rig.api(token, `tasks?${query}`)
    expect([response.status, ((await response.json()) as Problem).error.code]).toEqual([422, 'invalid_input'])
  },
)

test('creates, changes, completes and deletes a task', async () => {
  const created = await create({ title: 'Water the plants', due_on: '2030-01-31', project_id: 'prj_ana_1' })
  expect(created.status).toBe(201)
  const { id } = await task(created)
  const body = JSON.stringify({ title: 'Water all plants', due_on: null })
  const changed = await task(await rig.api(token, `tasks/${id}`, { method: 'PATCH', body }))
  expect(changed).toMatchObject({ title: 'Water all plants', due_on: null, project_id: 'prj_ana_1' })
  const done = await task(await rig.api(token, `tasks/${id}/complete`, { method: 'POST' }))
  expect([done.status, done.completed_at === null]).toEqual(['done', false])
  expect(await task(await rig.api(token, `tasks/${id}`))).toEqual(done)
  expect((await rig.api(token, `tasks/${id}`, { method: 'DELETE' })).status).toBe(204)
  expect((await rig.api(token, `tasks/${id}`)).status).toBe(404)
})

test('answers a repeated Idempotency-Key with the same task, created once', async () => {
  const headers = { 'idempotency-key': 'key-1' }
  const first = await create({ title: 'Once' }, headers)
  const again = await create({ title: 'Once' }, headers)
  expect([first.status, again.status]).toEqual([201, 201])
  expect((await task(again)).id).toBe((await task(first)).id)
  expect((await page('limit=100')).tasks.filter((one) => one.title === 'Once').length).toBe(1)
})

test.each([
  ['no title', {}],
  ['an empty title', { title: ' ' }],
  ['an unknown field', { title: 'a', colour: 'red' }],
  ['a project of somebody else', { title: 'a', project_id: 'prj_ben_1' }],
  ['a date that is none', { title: 'a', due_on: '2030-02-31' }],
])('refuses a new task with %s', async (_case, body) => {
  expect((await create(body)).status).toBe(422)
})

test('refuses a body that is not JSON', async () => {
  expect((await rig.api(token, 'tasks', { method: 'POST', body: '{' })).status).toBe(400)
  const text = await rig.api(token, 'tasks', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'text/plain' },
  })
  expect(text.status).toBe(415)
})

test("reports another person's task as absent", async () => {
  expect((await rig.api(token, 'tasks/tsk_ben_1')).status).toBe(404)
  expect((await rig.api(token, 'tasks/tsk_ben_1', { method: 'DELETE' })).status).toBe(404)
})

test('names the scope that is missing, for every kind of access', async () => {
  const narrow = (await rig.connect({ grant: ['profile'] })).access_token
  const cases = [
    ['GET', 'tasks', 'tasks:read'],
    ['GET', 'tasks/tsk_ana_1', 'tasks:read'],
    ['POST', 'tasks', 'tasks:write'],
    ['PATCH', 'tasks/tsk_ana_1', 'tasks:write'],
    ['POST', 'tasks/tsk_ana_1/complete', 'tasks:write'],
    ['DELETE', 'tasks/tsk_ana_1', 'tasks:delete'],
    ['GET', 'projects', 'projects:read'],
  ] as const
  for (const [method, path, scope] of cases) {
    const response = await rig.api(narrow, path, { method })
    expect(response.status, `${method} ${path}`).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${scope}"`)
  }
})

test('challenges a request without a token, and one with an unknown token', async () => {
  const bare = await fetch(`${rig.url}/api/tasks`)
  expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="acme-tasks"'])
  const unknown = await rig.api('made-up', 'tasks')
  expect(unknown.status).toBe(401)
  expect(unknown.headers.get('www-authenticate')).toContain('error="invalid_token"')
})

test('does not take a refresh token for an access token', async () => {
  const tokens = await rig.connect()
  expect((await rig.api(tokens.refresh_token ?? '', 'me')).status).toBe(401)
})

test('answers 404 for an unknown address and 405 with Allow for a wrong method', async () => {
  expect((await rig.api(token, 'teapots')).status).toBe(404)
  const wrong = await rig.api(token, 'projects', { method: 'DELETE' })
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET'])
})

test('reset with data puts the seeded tasks back', async () => {
  await rig.api(token, 'tasks/tsk_ana_1', { method: 'DELETE' })
  await rig.control('POST', 'reset', {})
  expect((await page('limit=100')).tasks.length).toBe(6)
  await rig.control('POST', 'reset', { data: true })
  expect((await page('limit=100')).tasks.length).toBe(7)
})
