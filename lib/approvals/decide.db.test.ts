import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { deployment, forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { createAgentIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Caller } from '#lib/proof'
import {
  ask,
  askAs,
  asker,
  decide,
  jobsOf,
  keyWith,
  member,
  pass,
  practice,
  prepareApprovals,
  refusal,
  statusOf,
  superuser,
  tenant,
  useAccount,
} from './testing.ts'

prepareApprovals()

test('one yes approves, is told, and queues the call; a second comes too late', async () => {
  const { id, publicId } = await ask()
  const boss = await keyWith(['approve'])
  expect(await decide(id, true, boss)).toMatchObject({ status: 'approved', votes: [{ approves: true }] })
  expect(await jobsOf(id)).toHaveLength(1)
  await expect(decide(id, true, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, false, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
  expect(await listEvents(tenant, { type: 'approval.approved' }, null, 10)).toMatchObject([
    { data: { approval_id: publicId } },
  ])
  expect(await listAudit(tenant, { action: 'approval.approved' }, null, 10)).toHaveLength(1)
})

test('one no is final, whatever was said before it', async () => {
  const { id } = await ask({ quorum: 3 })
  await decide(id, true, await keyWith(['approve']))
  expect(await decide(id, false, await keyWith(['approve']))).toMatchObject({ status: 'denied' })
  await expect(decide(id, true, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
  await expect(pass(`ap_${id.replaceAll('-', '')}`)).rejects.toEqual(refusal('conflict'))
  expect(await jobsOf(id)).toHaveLength(0)
  expect(await listEvents(tenant, { type: 'approval.denied' }, null, 10)).toHaveLength(1)
})

test('a quorum takes that many different people', async () => {
  const { id } = await ask({ quorum: 3 })
  const [backend, other] = [await keyWith(['approve']), await keyWith(['approve'])]
  expect(await decide(id, true, backend, 'maria')).toMatchObject({ status: 'pending' })
  await expect(decide(id, true, backend, 'maria')).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, true, other, 'maria')).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, true, backend)).rejects.toEqual(refusal('conflict'))
  expect(await decide(id, true, backend, 'noor')).toMatchObject({ status: 'pending' })
  expect(await decide(id, true, other)).toMatchObject({ status: 'approved' })
  expect(await listEvents(tenant, { type: 'approval.approved' }, null, 10)).toHaveLength(1)
  expect(await listAudit(tenant, { action: 'approval.approved' }, null, 10)).toHaveLength(3)
})

test('the same person counts once as a member of the console and as a user', async () => {
  await superuser.tamper(`UPDATE end_users SET email = 'Maria@Example.com' WHERE org_id = $1`, [tenant.orgId])
  await superuser.tamper(`UPDATE end_users SET external_id = 'maria' WHERE org_id = $1`, [tenant.orgId])
  await practice.connectAccount({ org: tenant.externalId, user: 'u_2', person: 'ben' })
  const [ben] = await superuser.sql<{ id: string }>(
    `SELECT id FROM connected_accounts WHERE org_id = $1 ORDER BY id DESC LIMIT 1`,
    [tenant.orgId],
  )
  useAccount(`ca_${ben?.id.replaceAll('-', '')}`)
  const { id } = await ask({ quorum: 2 })
  await decide(id, true, await member('maria@example.com'))
  await expect(decide(id, true, await keyWith(['approve']), 'maria')).rejects.toEqual(refusal('conflict'))
})

test('nobody decides what they asked for, or what is done on their own behalf', async () => {
  askAs(await keyWith([]))
  await superuser.tamper(`UPDATE end_users SET email = 'ana@example.com' WHERE org_id = $1`, [tenant.orgId])
  const { id } = await ask()
  for (const approves of [true, false]) {
    await expect(decide(id, approves, asker)).rejects.toEqual(refusal('forbidden'))
    await expect(decide(id, approves, asker, 'maria')).rejects.toEqual(refusal('forbidden'))
    await expect(decide(id, approves, await keyWith(['approve']), 'u_1')).rejects.toEqual(
      refusal('forbidden'),
    )
    await expect(decide(id, approves, await member('ANA@example.com'))).rejects.toEqual(refusal('forbidden'))
  }
  expect(await statusOf(id)).toBe('pending')
})

test('an agent, a key without the role and a member who only looks decide nothing', async () => {
  const { id } = await ask()
  const agent = await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))
  const caller = {
    kind: 'agent',
    agentId: parseId('agent', agent.id) ?? '',
    agentOrgId: tenant.orgId,
    reach: tenant,
    userId: null,
  } as Caller
  for (const as of [
    caller,
    await keyWith(['manage', 'execute', 'read']),
    await member('v@x.example', 'support'),
  ])
    await expect(decide(id, true, as)).rejects.toEqual(refusal('forbidden'))
  await expect(decide(id, true, await member('o@x.example'))).resolves.toMatchObject({ status: 'approved' })
})

test('of many who decide at the same moment, as many count as the quorum takes', async () => {
  const { id } = await ask({ quorum: 2 })
  const people = await Promise.all(Array.from({ length: 8 }, () => keyWith(['approve'])))
  const answers = await Promise.allSettled(people.map((one) => decide(id, true, one)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  expect(await statusOf(id)).toBe('approved')
  expect(await jobsOf(id)).toHaveLength(1)
})

test('of a yes and a no at the same moment one stands', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await ask({ title: `Round ${round}` })
    const [yes, no] = await Promise.allSettled([
      decide(id, true, await keyWith(['approve'])),
      decide(id, false, await keyWith(['approve'])),
    ])
    expect([yes, no].filter((one) => one?.status === 'fulfilled')).toHaveLength(1)
    expect(await statusOf(id)).toBe(yes?.status === 'fulfilled' ? 'approved' : 'denied')
    expect(await jobsOf(id)).toHaveLength(yes?.status === 'fulfilled' ? 1 : 0)
  }
})

/** Another id of somebody in the product. */
const alsoKnownAs = async (user: string, email: string) => {
  await practice.session({ org_id: tenant.externalId, user_id: user, user: { email } })
}

test('who has two ids in the product counts once, and decides on behalf of neither', async () => {
  await alsoKnownAs('u_1', 'ana@example.com')
  await alsoKnownAs('u_1_old', 'Ana@example.com')
  await alsoKnownAs('maria', 'maria@example.com')
  await alsoKnownAs('maria_at_work', 'MARIA@example.com')
  const { id } = await ask({ quorum: 2 })
  const backend = await keyWith(['approve'])
  await expect(decide(id, true, backend, 'u_1_old')).rejects.toEqual(refusal('forbidden'))
  await decide(id, true, backend, 'maria')
  for (const again of ['maria', 'maria_at_work'])
    await expect(decide(id, true, await keyWith(['approve']), again)).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, true, await member('maria@EXAMPLE.com'))).rejects.toEqual(refusal('conflict'))
  expect(await decide(id, true, await member('noor@example.com'))).toMatchObject({ status: 'approved' })
})

test('a member of the org who is an operator of the deployment too counts once', async () => {
  const { id } = await ask({ quorum: 2 })
  await decide(id, true, await member('maria@example.com'))
  const operator = await member('Maria@example.com', 'owner', deployment)
  await expect(decide(id, true, operator)).rejects.toEqual(refusal('conflict'))
  expect(await decide(id, true, await member('noor@example.com', 'owner', deployment))).toMatchObject({
    status: 'approved',
    votes: [
      { decided_by: { type: 'member', id: expect.any(String), user_id: null } },
      { decided_by: { type: 'member', id: expect.any(String), user_id: null } },
    ],
  })
})

test('nobody decides what an agent asked for that they answer for', async () => {
  await alsoKnownAs('maria', 'maria@example.com')
  const agent = await forOrg(tenant, (tx) =>
    createAgentIn(tx, tenant, { name: 'Mira', owner: 'Maria@Example.com' }),
  )
  const { connected_account_id } = await practice.connectAccount({
    org: tenant.externalId,
    user: 'u_2',
    person: 'ben',
    agents: [agent.id],
  })
  useAccount(connected_account_id ?? '')
  askAs({
    kind: 'agent',
    agentId: parseId('agent', agent.id) ?? '',
    agentOrgId: tenant.orgId,
    reach: tenant,
    userId: null,
  } as Caller)
  const { id } = await ask()
  await expect(decide(id, true, await keyWith(['approve']), 'maria')).rejects.toEqual(refusal('forbidden'))
  await expect(decide(id, true, await member('maria@example.com'))).rejects.toEqual(refusal('forbidden'))
  expect(await decide(id, true, await member('noor@example.com'))).toMatchObject({ status: 'approved' })
})
