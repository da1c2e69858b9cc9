import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import { authorizeByHttp } from '../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

const org = `org-${crypto.randomUUID()}`
let practice: Practice
let superuser: Superuser

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())

/** Every row of every table, as text; bytes come as hexadecimal. */
async function dump(): Promise<Buffer> {
  const tables = await superuser.sql<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'm')
     AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`,
  )
  const lines: string[] = []
  for (const { name } of tables)
    lines.push(
      ...(await superuser.sql<{ line: string }>(`SELECT t::text AS line FROM ${name} t`)).map(
        (row) => row.line,
      ),
    )
  return Buffer.from(lines.join('\n'))
}

/** The write-ahead log of the cluster as it lies on disk, from the segment named on. */
async function writeAheadLog(from: string): Promise<Buffer[]> {
  // Ends the segment, and so writes it out.
  await superuser.sql('SELECT pg_switch_wal()')
  const [setting] = await superuser.sql<{ data_directory: string }>('SHOW data_directory')
  const folder = join(setting?.data_directory ?? '', 'pg_wal')
  const segments = readdirSync(folder).filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= from)
  return segments.map((name) => readFileSync(join(folder, name)))
}

async function currentSegment(): Promise<string> {
  const [row] = await superuser.sql<{ name: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS name')
  return row?.name ?? ''
}

const spellings = (secret: string): Buffer[] =>
  [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ].map((text) => Buffer.from(text))

test('no table and no write-ahead log ever holds a credential or the params of a call in the clear', async () => {
  const canary = `canary-${crypto.randomUUID()}`
  const secrets = new Map<string, string>()
  const found: string[] = []
  const scan = (place: string, chunks: Buffer[]) => {
    const holds = (bytes: Buffer) => chunks.some((chunk) => chunk.includes(bytes))
    // What is no secret is found, so that the scan is known to see.
    expect(holds(Buffer.from(org)), place).toBe(true)
    for (const [name, secret] of secrets) if (spellings(secret).some(holds)) found.push(`${name} in ${place}`)
  }
  const from = await currentSegment()
  const session = await practice.session({
    org_id: org,
    user_id: 'u_1',
    scopes: { sandbox: ['tasks:write'] },
  })
  secrets.set('session token', session.token).set('hosted link', session.hosted_url.split('/').at(-1) ?? '')
  const { location, flow } = await practice.approve(session, ['tasks:write'])
  secrets.set('state', flow.attempt?.state ?? '').set('verifier', flow.attempt?.verifier ?? '')
  secrets.set('nonce', flow.attempt?.nonce ?? '')
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'ana', grant: 'all' })
  const config = back.pathname.split('/').at(-1) ?? ''
  secrets.set('code', back.searchParams.get('code') ?? '')
  const { flow: ended } = await practice.connect.callback(flow, config, back.searchParams, origin)
  secrets.set('confirmation code', ended.confirmationCode ?? '')
  await harvest()
  scan('the tables after the callback', [await dump()])

  const tenant = await practice.tenant(org)
  const confirmation = { user_id: 'u_1', confirmation_code: ended.confirmationCode ?? '' }
  const sessionId = parseId('connect_session', session.id) ?? ''
  const { connected_account_id } = await practice.connect.confirm(
    tenant,
    practice.caller,
    sessionId,
    confirmation,
    origin,
  )
  const account = connected_account_id ?? ''
  const id = parseId('connected_account', account) ?? ''
  await practice.connect.refresh(tenant, practice.caller, id, origin)
  const params = { title: canary }
  await practice.faults({ echo_token: true })
  await practice.execute({ connected_account_id: account, tool_name: 'sandbox.create_task', params })
  secrets.set('params', canary).set('client secret', process.env.BEHALF_SANDBOX_CLIENT_SECRET ?? '')
  secrets.set('master key', process.env.BEHALF_MASTER_KEY ?? '')
  await harvest()
  scan('the tables after a call and a renewal', [await dump()])

  await practice.connect.revoke(tenant, practice.caller, id, 'test', origin)
  await harvest()
  scan('the tables after the revocation', [await dump()])
  scan('the write-ahead log', await writeAheadLog(from))
  expect([...secrets.keys()].filter((name) => !secrets.get(name))).toEqual([])
  expect([...secrets.keys()].filter((name) => name.startsWith('wire')).length).toBeGreaterThanOrEqual(4)
  expect(found).toEqual([])

  /** Every credential that has been on the wire to the provider so far. */
  async function harvest() {
    for (const { headers, body } of (await practice.state()).last_requests) {
      const bearer = /^Bearer (.+)$/.exec(String(headers.authorization))?.[1]
      const form = new URLSearchParams(body)
      for (const secret of [bearer, form.get('refresh_token'), form.get('token')])
        if (secret) secrets.set(`wire ${secret.slice(0, 6)}`, secret)
    }
  }
})

test('the scan would find a secret in a column of bytes', async () => {
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_2' })
  const id = parseId('connected_account', connected_account_id ?? '')
  const from = await currentSegment()
  const planted = Buffer.from('planted-secret')
  const [row] = await superuser.sql<{ sealed: Buffer }>(
    'SELECT sealed FROM credentials WHERE account_id = $1',
    [id],
  )
  const put = (sealed: Buffer | undefined) =>
    superuser.tamper('UPDATE credentials SET sealed = $2 WHERE account_id = $1', [id, sealed])
  await put(planted)
  const tables = await dump()
  const wal = await writeAheadLog(from)
  await put(row?.sealed)
  expect(spellings('planted-secret').some((bytes) => tables.includes(bytes))).toBe(true)
  expect(wal.some((chunk) => chunk.includes(planted))).toBe(true)
})
