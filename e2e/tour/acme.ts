// What the tour shows: an organization as one is after some weeks, with people, agents, calls, refusals, and what people did
// about them. Made by the API as a product would; what takes weeks to come about is written where it would stand.
import type { Page } from '@playwright/test'
import { instance } from '../../scripts/testing/instance.ts'
import { agentToken } from '../../sdk/token.ts'
import { asSuperuser, signInLink } from '../support/console.ts'
import { type Api, connectedAccount } from '../support/test.ts'

export const org = 'acme'
export const admin = 'security@acme.example'

const people = [
  ['ana', 'Ana Souza'],
  ['ben', 'Ben Okafor'],
  ['cleo', 'Cleo Martin'],
  ['dmitri', 'Dmitri Volkov'],
  ['emeka', 'Emeka Obi'],
  ['fatima', 'Fatima Zahra'],
  ['grace', 'Grace Lindqvist'],
  ['hiro', 'Hiro Tanaka'],
  ['ines', 'Inês Carvalho'],
  ['jonas', 'Jonas Weber'],
] as const

const agents = [
  [
    'Support desk',
    'maria.lopes@acme.example',
    'Support',
    'production',
    'Answers tickets with what customers wrote',
  ],
  [
    'Triage bot',
    'jonas.weber@acme.example',
    'Engineering',
    'production',
    'Sorts new tasks and asks for what is missing',
  ],
  ['Notes to tasks', 'ana.souza@acme.example', 'Product', 'staging', 'Turns meeting notes into tasks'],
] as const

const connectors = ['github', 'slack', 'google'] as const

const done = async (answer: Promise<{ status: number; body: Record<string, unknown> }>, what: string) => {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`)
  return body
}

/** Accounts that are only listed: brought along, then said to be in use since some weeks. */
async function importAccounts(api: Api): Promise<void> {
  for (const connector of connectors)
    await done(
      api.post('/auth_configs', { org_id: org, connector, client_id: 'acme', client_secret: 'nobody-asks' }),
      connector,
    )
  for (const [at, [user]] of people.entries())
    for (const connector of connectors.slice(0, 1 + (at % 3)))
      await done(
        api.post('/connected_accounts', {
          org_id: org,
          user_id: user,
          connector,
          tokens: { access_token: `tour-${user}-${connector}` },
          validate: 'skip',
        }),
        `${user} at ${connector}`,
      )
  await asSuperuser(
    `UPDATE connected_accounts a SET status = CASE abs(hashtext(a.id::text)) % 9 WHEN 0 THEN 'needs_reauth' ELSE 'active' END,
       label = u.external_id || '@acme.example', last_used_at = now() - (abs(hashtext(a.id::text)) % 40) * interval '1 day'
     FROM end_users u WHERE u.id = a.user_id AND a.status = 'unverified'
       AND a.org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org],
  )
}

/** An agent that proves itself with a secret, and the API as it calls it. */
async function newAgent(api: Api, [name, owner, team, environment, purpose]: (typeof agents)[number]) {
  const facts = { org_id: org, name, owner, team, environment, purpose }
  const id = String((await done(api.post('/agents', facts), name)).id)
  const credential = { kind: 'client_secret', name: 'production' }
  const { secret } = await done(api.post(`/agents/${id}/credentials`, credential), name)
  const token = agentToken({ baseUrl: instance().publicUrl, clientId: id, credential: String(secret) })
  const call = async (account: string, tool: string, params: object = {}): Promise<number> => {
    const answer = await fetch(new URL('/api/v1/tools/execute', instance().publicUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ connected_account_id: account, tool_name: `sandbox.${tool}`, params }),
    })
    await answer.body?.cancel()
    return answer.status
  }
  return { id, call }
}

const policy = `@id("reads")
permit(principal, action in Action::"effect:read", resource);

@id("writes")
permit(principal, action in Action::"effect:write", resource);

@id("writes-are-read-first")
@decision("ask")
@reason("Somebody reads what is written for customers")
permit(principal, action in Action::"effect:write", resource);
`

/** Fills the organization. @param page a browser, for what only people can do @returns names of what there is now */
export async function fill(page: Page, api: Api): Promise<{ signIn: string }> {
  await done(api.put(`/orgs/${org}`, { name: 'Acme' }), 'org')
  const made = []
  for (const facts of agents) made.push(await newAgent(api, facts))
  const [desk, triage, notes] = made
  if (!desk || !triage || !notes) throw new Error('no agents')
  await importAccounts(api)
  const connect = (user: string, agent: string, scopes: string[]) =>
    connectedAccount(page, api, { org, user, agents: [agent], scopes })
  const all = ['tasks:read', 'tasks:write', 'tasks:delete', 'projects:read']
  const [one, two, three] = [
    await connect('ana', desk.id, all),
    await connect('ben', triage.id, all),
    await connect('cleo', notes.id, ['tasks:read']),
  ]
  await asSuperuser(
    `UPDATE end_users u SET name = n.name, email = u.external_id || '@acme.example'
     FROM jsonb_to_recordset($2::jsonb) AS n (id text, name text)
     WHERE u.external_id = n.id AND u.org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org, JSON.stringify(people.map(([id, name]) => ({ id, name })))],
  )
  for (let at = 0; at < 9; at += 1) await desk.call(one.id, 'list_tasks')
  for (const title of ['Refund order 4127', 'Call back Mr. Lindgren'])
    await desk.call(one.id, 'create_task', { title })
  for (let at = 0; at < 14; at += 1) await triage.call(two.id, 'delete_task', { task_id: `task_${at}` })
  for (let at = 0; at < 11; at += 1) await notes.call(three.id, 'create_task', { title: `Item ${at}` })

  const { id: version } = await done(
    api.post('/policy_versions', { org_id: org, source: policy, note: 'People read what is written' }),
    'policy',
  )
  await done(api.post(`/policy_versions/${version}/publish`, {}), 'publish')
  const draft = policy.replace(
    'effect:write", resource);\n\n@id("writes-are',
    'effect:send", resource);\n\n@id("writes-are',
  )
  await done(api.post('/policy_versions', { org_id: org, source: draft, note: 'Sending as well' }), 'draft')
  for (const title of ['Pay the supplier', 'Answer the audit'])
    await desk.call(one.id, 'create_task', { title })

  await done(
    api.post('/limits', {
      org_id: org,
      name: 'Calls of an agent in a minute',
      kind: 'rate',
      most: 60,
      window_seconds: 60,
      per: ['agent'],
    }),
    'limit',
  )
  await done(
    api.post('/stops', {
      org_id: org,
      subject: { type: 'agent', id: triage.id },
      reason: 'Deletes what nobody asked it to',
    }),
    'stop',
  )
  await triage.call(two.id, 'list_tasks')
  await done(
    api.post('/revocations', { org_id: org, user_id: 'jonas', reason: 'Left the company' }),
    'revocation',
  )
  for (const [email, role] of [
    ['maria.lopes@acme.example', 'owner'],
    ['audit@kessler.example', 'auditor'],
    ['jonas.weber@acme.example', 'developer'],
  ] as const)
    await api.post('/members', { org_id: org, email, role })
  await api.post('/api_keys', { org_id: org, name: 'Backend', roles: ['connect', 'execute'] })
  return { signIn: await signInLink(admin, org) }
}

/** Asks to revoke everything, which then waits for a second person. @param page of an admin */
export async function askForRevocation(page: Page): Promise<void> {
  await page.goto(`/console/${org}/revocations/new`)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Reason').fill('The contract ends')
  await page.getByLabel(/to confirm/).fill(org)
  await page.getByRole('button', { name: 'Ask for approval' }).click()
  await page.waitForURL(/\/revocations\/requests\/rvr_/)
}
