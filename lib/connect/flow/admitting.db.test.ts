import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployment, forOrg, type Tx } from '#lib/db'
import { admitAgentIn, createAgentIn, createApiKeyIn, getAdmission, withdrawAdmissionIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Practice, rootKey, startPractice } from '../../../scripts/testing/practice.ts'
import { inviteUrl } from './invite.ts'

let practice: Practice
let acme: Tenant
let create: (request: Request, context: never) => Promise<Response>

beforeAll(async () => {
  practice = await startPractice()
  create = (await import('../../../app/api/v1/connect_sessions/route.ts')).POST as typeof create
  await practice.session({ org_id: 'acme', user_id: 'u_1' })
  acme = await practice.tenant('acme')
})
afterAll(() => practice.stop())

/** An agent of the deployment's. */
const newAgent = async () =>
  (await forOrg(deployment, (tx) => createAgentIn(tx, deployment, { name: 'Mira' }))).id
const newKey = async (tenant: Tenant, ...roles: string[]) =>
  (await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles }))).secret
const inner = (agent: string) => parseId('agent', agent) ?? ''
const isIn = (agent: string) =>
  getAdmission(acme, inner(agent)).then(
    () => true,
    () => false,
  )
const decide = (agent: string, what: (tx: Tx, tenant: Tenant, id: string) => Promise<unknown>) =>
  forOrg(acme, (tx) => what(tx, acme, inner(agent)))

/** What a session that names the agent is answered. */
async function name(agent: string, secret: string) {
  const response = await create(
    new Request('http://localhost/api/v1/connect_sessions', {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ org_id: 'acme', user_id: 'u_1', connectors: ['sandbox'], agents: [agent] }),
    }),
    { params: Promise.resolve({}) } as never,
  )
  return { status: response.status, body: await response.json() }
}

test("a session of an org's own key lets none of the deployment's agents into that org", async () => {
  const agent = await newAgent()
  for (const secret of [await newKey(acme), await newKey(acme, 'connect', 'manage')]) {
    const { status, body } = await name(agent, secret)
    expect([status, body.code, body.param]).toEqual([422, 'invalid_request', 'agents'])
    expect(body.detail).toContain(`PUT /api/v1/agents/${agent}/orgs/acme`)
  }
  expect(await isIn(agent)).toBe(false)
  await decide(agent, admitAgentIn)
  expect((await name(agent, await newKey(acme, 'connect'))).status).toBe(201)
})

test('a key that reaches every org lets one in by naming it if it manages, and not if it only connects', async () => {
  const agent = await newAgent()
  expect((await name(agent, await newKey(deployment, 'connect'))).status).toBe(422)
  expect(await isIn(agent)).toBe(false)
  expect((await name(agent, await newKey(deployment, 'connect', 'manage'))).status).toBe(201)
  expect(await isIn(agent)).toBe(true)
})

test('an agent that was withdrawn stays out, whoever names it, until somebody lets it in again', async () => {
  const agent = await newAgent()
  expect((await name(agent, rootKey)).status).toBe(201)
  await decide(agent, withdrawAdmissionIn)
  for (const secret of [rootKey, await newKey(deployment), await newKey(acme)])
    expect((await name(agent, secret)).status).toBe(422)
  expect(await isIn(agent)).toBe(false)
  await decide(agent, admitAgentIn)
  expect((await name(agent, rootKey)).status).toBe(201)
})

test('an agent that misses an account when it is withdrawn does not invite itself back', async () => {
  const agent = await newAgent()
  await decide(agent, admitAgentIn)
  const user = await forOrg(acme, (tx) =>
    tx.end_users.findFirstOrThrow({ where: { org_id: acme.orgId, external_id: 'u_1' } }),
  )
  const asks = { userId: user.id, connector: 'sandbox', agentOrgId: deployment.orgId, agentId: inner(agent) }
  await decide(agent, withdrawAdmissionIn)
  await expect(inviteUrl(acme, asks)).rejects.toMatchObject({ code: 'invalid_request' })
  expect(await isIn(agent)).toBe(false)
  await decide(agent, admitAgentIn)
  expect(await inviteUrl(acme, asks)).toContain('/c/bhf_hl_')
})
