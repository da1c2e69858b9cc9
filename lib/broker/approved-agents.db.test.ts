import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { createAgentIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { type Asked, issueToken } from '../../scripts/testing/access-tokens.ts'
import { call, create, newKey, practice, superuser, tenant, upstream, work } from './testing.ts'

/** Two agents, the first of which a user lent an account. */
async function world() {
  const newAgent = async () => (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))).id
  const [mira, otto] = [await newAgent(), await newAgent()]
  const org = tenant.externalId
  const done = await practice.connectAccount({ org, user: 'u_2', agents: [mira], person: 'ben' })
  const { id } = await forOrg(tenant, (tx) =>
    tx.end_users.findFirstOrThrow({ where: { org_id: tenant.orgId, external_id: 'u_2' } }),
  )
  await practice.reset()
  const user = publicId('end_user', id)
  const act = { sub: mira, act: { sub: otto } }
  const account = done.connected_account_id ?? ''
  return {
    mira,
    otto,
    user,
    account,
    token: (more: Partial<Asked> = {}) => issueToken({ org, agent: mira, user, act, ...more }),
  }
}

async function approvedFor(token: string, account: string): Promise<string> {
  const answer = await call(
    'execute',
    { secret: token, id: '' },
    { body: create({ connected_account_id: account }) },
  )
  expect([answer.status, answer.body.status]).toEqual([202, 'pending_approval'])
  const id = answer.body.approval_id
  expect((await call('approve', await newKey('approve'), { id, body: {} })).status).toBe(200)
  return id
}
const ended = async (id: string) => (await call('show', await newKey('approve'), { id })).body

test('a call that people approved is made as it was asked for: through the same agents, for the same user', async () => {
  const { mira, otto, user, account, token } = await world()
  const id = await approvedFor(await token(), account)
  await work(id)
  expect(await upstream()).toBe(1)
  expect(await ended(id)).toMatchObject({ status: 'executed' })
  const events = await listAudit(tenant, { action: 'tool.executed' }, null, 1)
  expect(events[0]).toMatchObject({
    outcome: 'allowed',
    agent_id: mira,
    user_id: 'u_2',
    details: { actors: [mira, otto], on_behalf_of: user, approval_id: id },
  })
})

test('the next token of the same agents may make it, and one without the agent in between may not', async () => {
  const { account, token } = await world()
  const id = await approvedFor(await token(), account)
  const body = create({ connected_account_id: account, approval_id: id })
  const direct = await token({ act: undefined, user: undefined })
  expect((await call('execute', { secret: direct, id: '' }, { body })).status).toBe(409)
  const next = { secret: await token({ scope: 'tools:write' }), id: '' }
  expect((await call('execute', next, { body })).status).toBe(200)
  expect(await upstream()).toBe(1)
})

type World = Awaited<ReturnType<typeof world>>
const ends: [
  name: string,
  code: string,
  more: (w: World) => Partial<Asked>,
  end: (w: World) => Promise<unknown>,
][] = [
  [
    'an agent in between is disabled',
    'forbidden',
    () => ({}),
    ({ otto }) => disable('agents', 'disabled_at', 'agent', otto),
  ],
  [
    'its user is deactivated',
    'forbidden',
    () => ({}),
    ({ user }) => disable('end_users', 'deactivated_at', 'end_user', user),
  ],
  [
    'the time of what its token was narrowed to is over',
    'forbidden',
    () => ({
      authorization_details: [
        { type: 'behalf_tool_call', tools: ['sandbox.*'], expires_at: '2040-01-01T00:00:00Z' },
      ],
    }),
    () =>
      superuser.tamper(
        `UPDATE approvals SET requester = jsonb_set(requester, '{authorization_details,0,expires_at}', '"2020-01-01T00:00:00Z"')
          WHERE org_id = $1`,
        [tenant.orgId],
      ),
  ],
]
const disable = (table: string, column: string, kind: 'agent' | 'end_user', id: string) =>
  superuser.sql(`UPDATE ${table} SET ${column} = now() WHERE id = $1`, [parseId(kind, id)])

test.each(ends)('an approved call is not made once %s', async (_, code, more, end) => {
  const found = await world()
  const id = await approvedFor(await found.token(more(found)), found.account)
  await end(found)
  await work(id)
  expect(await upstream()).toBe(0)
  expect(await ended(id)).toMatchObject({ status: 'refused', error_code: code })
})
