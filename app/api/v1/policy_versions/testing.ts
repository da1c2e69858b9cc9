import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { listAudit } from '#lib/audit'
import { AppError } from '#lib/errors'
import { type Practice, rootKey, startPractice } from '../../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../../scripts/testing/superuser.ts'

// What the tests of the policies' routes stand on: an org of its own for each, and every route as it is served.

export let practice: Practice
export let superuser: Superuser
/** The org of the test that runs. */
export let org = ''
let made = 0
export let routes: Awaited<ReturnType<typeof load>>

const load = async () => ({
  versions: await import('./route.ts'),
  version: await import('./[id]/route.ts'),
  publish: await import('./[id]/publish/route.ts'),
  rollback: await import('./[id]/rollback/route.ts'),
  withdraw: await import('./[id]/withdraw/route.ts'),
  test: await import('./[id]/test/route.ts'),
  replay: await import('./[id]/replay/route.ts'),
  validate: await import('./validate/route.ts'),
  schema: await import('../policy_schema/route.ts'),
  dryRun: await import('../policies/dry_run/route.ts'),
  rules: await import('../policies/route.ts'),
  cases: await import('../policy_cases/route.ts'),
  case: await import('../policy_cases/[id]/route.ts'),
  org: await import('../orgs/[id]/route.ts'),
  execute: await import('../tools/execute/route.ts'),
  approve: await import('../approvals/[id]/approve/route.ts'),
})

/** Call it once in a test file. */
export function preparePolicyRoutes(): void {
  beforeAll(async () => {
    practice = await startPractice()
    superuser = await useSuperuser()
    routes = await load()
  })
  afterAll(() => practice.stop())
  beforeEach(async () => {
    org = `org-${++made}`
    await practice.session({ org_id: org, user_id: 'u_1' })
    await practice.reset()
  })
}

export type Handlers = Partial<
  Record<
    string,
    (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>
  >
>
type Asked = { body?: object; id?: string; query?: string; secret?: string }

/** Asks a route as it is served. */
export async function ask(
  handlers: Handlers,
  method: string,
  { body, id, query = '', secret = rootKey }: Asked = {},
) {
  const handler = handlers[method]
  if (!handler) throw new Error(`no ${method}`)
  const request = new Request(`http://localhost/api/v1/x${query}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await handler(request, { params: Promise.resolve(id === undefined ? {} : { id }) })
  const text = await response.text()
  return { status: response.status, text, body: text === '' ? null : JSON.parse(text) }
}

export const all = 'permit(principal, action, resource);'
export const noWrites = `${all}\n@id("no-writes") forbid(principal, action in Action::"effect:write", resource);`

export async function draft(source: string, engine = 'cedar'): Promise<string> {
  const { status, body } = await ask(routes.versions, 'POST', { body: { org_id: org, source, engine } })
  expect(status).toBe(201)
  return body.id
}
export const publish = (id: string, body: object = {}) => ask(routes.publish, 'POST', { id, body })
export async function inForce(source: string): Promise<string> {
  const id = await draft(source)
  expect((await publish(id)).status).toBe(200)
  return id
}

export const audit = async (prefix: string) =>
  (await listAudit(await practice.tenant(org), {}, null, 100))
    .filter(({ action }) => action.startsWith(prefix))
    .reverse()

export const write = (account: string, title = 'Water') => ({
  connected_account_id: account,
  tool_name: 'sandbox.create_task',
  params: { title },
})
export const connected = async (): Promise<string> => {
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
  await practice.reset()
  return connected_account_id ?? ''
}
export const outcome = (input: Record<string, unknown>): Promise<unknown> =>
  practice.execute(input).then(
    (done) => done.status,
    (error: unknown) => (error instanceof AppError ? [error.code, error.facts.policy_ids] : error),
  )
