import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { heldThroughDeployment, listIncidents, openIncidents } from '#lib/connect'
import { deployment } from '#lib/db'
import { type Practice, startPractice } from '../testing/practice.ts'
import { type Superuser, useSuperuser } from '../testing/superuser.ts'
import { runCommand } from './index.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())

async function behalf(...words: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const terminal = { env: process.env, print: (line: string) => out.push(line) }
  const code = await runCommand(words, terminal, (line) => errors.push(line))
  return { code, out, errors }
}

const expireAll = () =>
  superuser.sql(`UPDATE credentials SET access_expires_at = now() - interval '1 minute', hold_until = now() - interval '1 second',
    refresh_due_at = now() + interval '1 day'`)

test('a wave of refusals is listed with the accounts it holds until an operator says that it is right, and then disconnects', async () => {
  const accounts: string[] = []
  for (const [org, users] of [
    ['acme', 5],
    ['globex', 2],
  ] as const)
    for (let user = 0; user < users; user++) {
      const done = await practice.connectAccount({ org, user: `user-${user}` })
      accounts.push(String(done.connected_account_id))
    }
  const renewAll = async () => {
    await expireAll()
    for (const id of accounts)
      await practice
        .execute({ connected_account_id: id, tool_name: 'sandbox.list_tasks' })
        .catch(() => undefined)
  }
  await practice.faults({ token_error: { status: 400, body: { error: 'invalid_grant' } } })
  await renewAll()

  const [acme, globex] = [await practice.tenant('acme'), await practice.tenant('globex')]
  const [incident] = await openIncidents(deployment)
  expect(incident).toMatchObject({ connector: 'sandbox', error_code: 'invalid_grant', resolution: null })
  const held = await Promise.all([acme, globex].map(heldThroughDeployment))
  expect(held.flat().reduce((sum, one) => sum + one.held, 0)).toBe(incident?.held)
  expect(held[1]).toEqual([{ connector: 'sandbox', held: 2 }])
  // It is the deployment's client: an org sees what is held of its own, and no more.
  expect(await listIncidents(acme, null, 10)).toEqual([])

  const { out } = await behalf('incidents', 'list')
  expect(out[1]).toMatch(
    new RegExp(`^${incident?.id}  sandbox .* invalid_grant .* open +${incident?.held} accounts$`),
  )
  expect((await behalf('incidents', 'list', '--org', 'acme')).out).toEqual(['no incidents'])

  expect(await behalf('incidents', 'confirm', String(incident?.id))).toMatchObject({ code: 0, errors: [] })
  expect(await openIncidents(deployment)).toEqual([])
  expect(await listIncidents(deployment, null, 10)).toMatchObject([{ resolution: 'confirmed', held: null }])
  const [event] = await listAudit(deployment, { action: 'provider_incident.resolved' }, null, 1)
  expect(event).toMatchObject({ actor: { type: 'system', id: 'cli' }, error_code: 'invalid_grant' })
  expect(await behalf('incidents', 'confirm', String(incident?.id))).toMatchObject({
    code: 1,
    errors: [expect.stringContaining('is over already')],
  })

  await renewAll()
  const fates = await superuser.sql<{ status: string }>('SELECT DISTINCT status FROM connected_accounts')
  expect(fates).toEqual([{ status: 'needs_reauth' }])
})

test('what is no incident is refused in one line', async () => {
  expect(await behalf('incidents', 'confirm', 'rev_1')).toMatchObject({ code: 2 })
  expect(await behalf('incidents', 'confirm', `inc_${'0'.repeat(32)}`)).toMatchObject({
    code: 1,
    errors: [expect.stringContaining('there is no incident inc_0000')],
  })
})
