import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { parseId } from '#lib/ids'
import { resolveObject } from '#lib/tenancy'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import type { FlowCookie } from '../index.ts'

// What the tests of connecting stand on: an invitation, and how far one person in one browser has come with it.

export let practice: Practice
export let superuser: Superuser
export const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
export const all = ['tasks:read', 'tasks:write', 'projects:read', 'tasks:delete']

/** Call it once in a test file. */
export function prepareConnecting(): void {
  beforeAll(async () => {
    superuser = await useSuperuser()
    practice = await startPractice()
  })
  afterAll(() => practice.stop())
  beforeEach(() => practice.reset())
}

type Asked = { org?: string; user?: string; scopes?: readonly string[] } & Record<string, unknown>

/** An invitation, approved in one browser, with that browser on its way to the provider. */
export async function approved({ org = 'acme', user = 'u_1', scopes = all, ...more }: Asked = {}) {
  const session = await practice.session({ org_id: org, user_id: user, scopes: { sandbox: scopes }, ...more })
  const { location, flow } = await practice.approve(session, scopes)
  return { session, location, flow, user }
}
export type Approved = Awaited<ReturnType<typeof approved>>

/** The provider's redirect back, once a person there has decided. */
export const answered = async (
  { location }: Pick<Approved, 'location'>,
  person = 'ana',
  grant: readonly string[] | 'all' | 'deny' = 'all',
) => authorizeByHttp({ authorizeUrl: location, user: person, grant })

export const deliver = (flow: FlowCookie | null, back: URL) =>
  practice.connect.callback(flow, back.pathname.split('/').at(-1) ?? '', back.searchParams, origin)

/** From the invitation to where only the host's word is missing. */
export async function finished(asked: Asked = {}, person = 'ana', grant: readonly string[] | 'all' = 'all') {
  const started = await approved(asked)
  const { flow } = await deliver(started.flow, await answered(started, person, grant))
  return { ...started, code: flow.confirmationCode ?? '' }
}

export async function confirm(sessionId: string, user: string, code: string) {
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', sessionId)
  const word = { user_id: user, confirmation_code: code }
  return practice.connect.confirm(tenant, practice.caller, id, word, origin)
}

export async function sessionRow(sessionId: string) {
  const [row] = await superuser.sql('SELECT status, status_reason FROM connect_sessions WHERE id = $1', [
    parseId('connect_session', sessionId),
  ])
  return row
}

export async function accountsOf(org: string, user: string) {
  return superuser.sql<{ id: string; status: string; provider_account_id: string }>(
    `SELECT a.id, a.status, a.provider_account_id FROM connected_accounts a
     JOIN organizations o ON o.id = a.org_id JOIN end_users u ON (u.org_id, u.id) = (a.org_id, a.user_id)
     WHERE o.external_id = $1 AND u.external_id = $2`,
    [org, user],
  )
}

export const listTasks = (accountId: string | null) =>
  practice.execute({ connected_account_id: accountId ?? '', tool_name: 'sandbox.list_tasks' })

export const runOut = (sessionId: string) =>
  superuser.sql(`UPDATE connect_sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    parseId('connect_session', sessionId),
  ])

/** Where the practice provider is looked for. */
export const reach = (base: object) =>
  superuser.sql(`UPDATE auth_configs SET base_urls = $1 WHERE connector = 'sandbox'`, [JSON.stringify(base)])
