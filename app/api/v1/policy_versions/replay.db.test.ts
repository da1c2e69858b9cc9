import { expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import { runCommand } from '../../../../scripts/commands/index.ts'
import {
  all,
  ask,
  audit,
  connected,
  draft,
  inForce,
  org,
  outcome,
  practice,
  preparePolicyRoutes,
  routes,
  superuser,
  write,
} from './testing.ts'

preparePolicyRoutes()

test('the flips of a replay are exactly those of the oracle, page by page and byte for byte', async () => {
  const account = await connected()
  // What was: writes with a word in the title are refused, everything else is allowed.
  await inForce(`${all}
    forbid(principal, action == Action::"sandbox.create_task", resource)
    when { context.params.title like "*secret*" };`)
  const titles = ['Water', 'secret plan', 'Buy milk', 'a secret', 'Water again']
  for (const title of titles) await outcome(write(account, title))
  await outcome({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
  // What is tried: titles with "Water" are refused, "Buy" is asked about.
  const id = await draft(`${all}
    @id("buy") @decision("ask") permit(principal, action == Action::"sandbox.create_task", resource)
    when { context.params.title like "Buy*" };
    @id("water") forbid(principal, action == Action::"sandbox.create_task", resource)
    when { context.params.title like "*Water*" };`)
  const oracle = (title: string) => {
    const then = title.includes('secret') ? 'deny' : 'allow'
    const now = title.includes('Water') ? 'deny' : title.startsWith('Buy') ? 'ask' : 'allow'
    return then === now ? [] : [[then, now]]
  }
  const replay = (body: object = {}) => ask(routes.replay, 'POST', { id, body })
  const whole = await replay()
  expect(whole.body).toMatchObject({ judged: 6, without_facts: 0, has_more: false })
  type Flip = { recorded: { decision: string }; draft: { decision: string } }
  expect(whole.body.data.map((flip: Flip) => [flip.recorded.decision, flip.draft.decision])).toEqual(
    titles.flatMap(oracle),
  )
  expect((await replay()).text).toBe(whole.text)

  const pages: unknown[] = []
  let cursor: string | undefined
  do {
    const { body } = await replay({ limit: 2, ...(cursor && { cursor }) })
    pages.push(...body.data)
    cursor = body.next_cursor ?? undefined
  } while (cursor)
  expect(pages).toEqual(whole.body.data)
  const command = async (...more: string[]) => {
    const out: string[] = []
    const words = ['policy', 'replay', org, ...more]
    const code = await runCommand(words, { env: process.env, print: (line) => out.push(line) }, (line) =>
      out.push(line),
    )
    return { code, out }
  }
  const sum = { judged: 6, flips: whole.body.data.length, without_facts: 0 }
  const lines = [...whole.body.data, sum].map((line) => JSON.stringify(line))
  expect(await command('--version', '2')).toEqual({ code: 0, out: lines })

  const past = { since: '2020-01-01T00:00:00Z', until: '2020-02-01T00:00:00Z' }
  expect((await replay(past)).body).toMatchObject({ data: [], judged: 0 })
  expect(await audit('policy.replayed')).not.toEqual([])

  await superuser.sql('UPDATE executions SET sealed_facts = NULL')
  expect((await replay()).body).toMatchObject({ judged: 2, without_facts: 4 })
})

test('a call that people approved is replayed as one that policy asked about', async () => {
  const account = await connected()
  await inForce(`@decision("ask") ${all}`)
  const title = (n: number) => `Task ${n}`
  for (const n of [1, 2]) {
    const pending = await ask(routes.execute, 'POST', { body: write(account, title(n)) })
    const id = pending.body.approval_id
    const tenant = await practice.tenant(org)
    const { secret } = await forOrg(tenant, (tx) =>
      createApiKeyIn(tx, tenant, { name: 'x', roles: ['approve'] }),
    )
    expect((await ask(routes.approve, 'POST', { id, body: {}, secret })).status).toBe(200)
    // The second is made when policy has come to allow it without anybody.
    if (n === 2) await inForce(all)
    const made = await ask(routes.execute, 'POST', { body: { ...write(account, title(n)), approval_id: id } })
    expect(made.body).toMatchObject({ status: 'succeeded' })
  }
  const flips = async (source: string) => {
    const { status, body } = await ask(routes.replay, 'POST', { id: await draft(source), body: {} })
    expect([status, body.judged]).toEqual([200, 2])
    type Flip = { recorded: { decision: string; policy_ids: string[] }; draft: { decision: string } }
    return body.data.map((flip: Flip) => [flip.recorded.decision, flip.draft.decision])
  }
  expect(await flips(`@decision("ask") ${all}`)).toEqual([['allow', 'ask']])
  expect(await flips(all)).toEqual([['ask', 'allow']])
  expect(await flips(`forbid(principal, action, resource); ${all}`)).toEqual([
    ['ask', 'deny'],
    ['allow', 'deny'],
  ])
})
