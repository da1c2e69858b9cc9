// Runs after all other specs, over what the whole run left behind (THREATS.md V1): no secret of ours or of a user is
// found in the database, the logs, the metrics or any answer that was given.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { instance } from '../scripts/testing/instance.ts'
import {
  bodiesFile,
  connectedAccount,
  expect,
  plantedCanaries,
  sandboxControl,
  test,
} from './support/test.ts'

/** Everything in every table, as text; bytes come as hexadecimal. */
async function dumpDatabase(): Promise<string> {
  const client = new Client({ connectionString: instance().databaseAdminUrl })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p', 'm')
       AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`,
    )
    const texts: string[] = []
    for (const { name } of tables.rows) {
      const rows = await client.query<{ line: string }>(`SELECT t::text AS line FROM ${name} AS t`)
      texts.push(...rows.rows.map(({ line }) => line))
    }
    return texts.join('\n')
  } finally {
    await client.end()
  }
}

/** What the practice provider saw of a flow: every credential that was ever on the wire to it. */
function credentialsOnTheWire(
  requests: { headers: Record<string, unknown>; body?: unknown }[],
): Map<string, string> {
  const found = new Map<string, string>()
  for (const { headers, body } of requests) {
    const [scheme, credential] = String(headers.authorization ?? '').split(' ')
    if (scheme === 'Bearer' && credential) found.set('access token', credential)
    const form = new URLSearchParams(String(body ?? ''))
    for (const name of ['code', 'code_verifier', 'refresh_token', 'token']) {
      const value = form.get(name)
      if (value) found.set(name, value)
    }
  }
  return found
}

const spellings = (secret: string) => [
  secret,
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  encodeURIComponent(secret),
]

test('no secret is found in the database, the logs, the metrics or any answer of the whole run', async ({
  page,
  api,
}) => {
  const control = sandboxControl()
  await control.reset()
  const { id, user } = await connectedAccount(page, api, { org: 'e2e-canary' })
  await control.faults({ echo_token: true })
  const run = await api.post('/tools/execute', {
    connected_account_id: id,
    tool_name: 'sandbox.create_task',
    params: { title: 'canary-of-the-params' },
  })
  expect(run.status).toBe(200)
  await control.faults({ echo_token: false })
  expect((await api.post(`/connected_accounts/${id}/refresh`)).status).toBe(200)
  await api.post('/tools/execute', { connected_account_id: id, tool_name: 'sandbox.list_tasks' })
  await api.post(`/connected_accounts/${id}/revoke`)
  const secrets = credentialsOnTheWire((await control.state()).last_requests)
  expect([...secrets.keys()].sort()).toEqual([
    'access token',
    'code',
    'code_verifier',
    'refresh_token',
    'token',
  ])

  const { dataDir, logFile, publicUrl, rootKey, sandboxClientSecret } = instance()
  const own = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as { masterKey: string }
  const planted = plantedCanaries()
  for (const [at, [name, secret]] of planted.entries()) secrets.set(`${name} ${at}`, secret)
  const told = new Set(planted.filter(([, , once]) => once).map(([, secret]) => secret))
  secrets.set('client secret', sandboxClientSecret)
  secrets.set('master key', own.masterKey)
  secrets.set('root key', rootKey)

  const places: Record<string, string> = {
    database: await dumpDatabase(),
    logs: readFileSync(logFile, 'utf8'),
    metrics: await (await fetch(`${publicUrl}/metrics`)).text(),
    answers: readFileSync(bodiesFile(), 'utf8'),
  }
  // The scan sees what is there: each place holds something of this very run.
  expect(places.database).toContain(user)
  expect(places.logs).toContain('sandbox.create_task')
  expect(places.metrics).toContain('behalf_executions_total')
  expect(places.answers).toContain(id)

  const found = Object.entries(places).flatMap(([place, text]) =>
    [...secrets].flatMap(([name, secret]) =>
      !(place === 'answers' && told.has(secret)) &&
      spellings(secret).some((spelling) => text.includes(spelling))
        ? `${name} in ${place}`
        : [],
    ),
  )
  // The parameters of a call are the user's: sealed, and in no log.
  for (const place of ['database', 'logs', 'metrics'] as const) {
    if (places[place]?.includes('canary-of-the-params')) found.push(`params in ${place}`)
  }
  expect(found).toEqual([])
})
