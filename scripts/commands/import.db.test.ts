import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { listAccounts } from '#lib/consent'
import type { Tokens } from '../../sandbox/rig.ts'
import { root } from '../install.mjs'
import { type Practice, startPractice } from '../testing/practice.ts'
import { runCommand } from './index.ts'

let practice: Practice
const folder = mkdtempSync(join(tmpdir(), 'behalf-import-'))
beforeAll(async () => {
  practice = await startPractice()
  for (const org of ['acme', 'globex']) await practice.session({ org_id: org, user_id: 'u_0' })
})
afterAll(async () => {
  await practice.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => practice.reset())

let files = 0
const put = (text: string, ending: string, mode = 0o600) => {
  const file = join(folder, `${++files}.${ending}`)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

async function run(file: string, ...more: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const terminal = { env: process.env, print: (line: string) => out.push(line) }
  const words = ['import', file, '--org', 'acme', '--connector', 'sandbox', ...more]
  const code = await runCommand(words, terminal, (line) => errors.push(line))
  return { code, out, errors }
}

const reportOf = (file: string): Record<string, unknown>[] =>
  readFileSync(`${file}.report.ndjson`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .sort((one, other) => one.line - other.line)

const accountsOf = async (user: string) =>
  listAccounts(await practice.tenant('acme'), { user_id: user }, null, 9)
const csvRow = (user: string, { access_token, refresh_token = '' }: Tokens, expires = '') =>
  `${user},${access_token},${refresh_token},${expires},tasks:read tasks:write`
const header = 'user_id,access_token,refresh_token,expires_at,scopes'
const secretsOf = (all: Tokens[]) =>
  all.flatMap(({ access_token, refresh_token = '' }) => [access_token, refresh_token])

test('brings in what is good, reports each line, and a second run does only what is left', async () => {
  const good = await Promise.all(['ana', 'ben', 'cleo'].map((person) => practice.tokensElsewhere(person)))
  const [ana, ben, cleo] = good as [Tokens, Tokens, Tokens]
  const bad = { ...ana, access_token: 'never-issued', refresh_token: 'never-issued-either' }
  const text = [
    header,
    csvRow('u_1', ana),
    csvRow('u_2', bad),
    'torn',
    csvRow('u_3', ben, '1700000000'),
  ].join('\n')
  const file = put(text, 'csv')
  const first = await run(file)
  expect(first.code).toBe(1)
  expect(first.out.at(-1)).toBe(`2 imported, 2 failed; report: ${file}.report.ndjson`)
  expect(reportOf(file)).toMatchObject([
    { line: 2, user_id: 'u_1', outcome: 'imported', connected_account_id: expect.stringMatching(/^ca_/) },
    {
      line: 3,
      user_id: 'u_2',
      outcome: 'failed',
      error_code: 'upstream_rejected',
      connected_account_id: null,
    },
    { line: 4, user_id: null, outcome: 'failed', error_code: 'CSV_RECORD_INCONSISTENT_COLUMNS' },
    { line: 5, user_id: 'u_3', outcome: 'imported' },
  ])
  expect(await accountsOf('u_1')).toMatchObject([{ status: 'active', account: { id: 'usr_ana' } }])
  expect(await accountsOf('u_3')).toMatchObject([{ status: 'active', account: { id: 'usr_ben' } }])
  expect((await practice.state()).refresh_redemptions_max).toBe(1)

  await practice.reset()
  writeFileSync(file, text.replace(csvRow('u_2', bad), csvRow('u_2', cleo)).replace('torn\n', '\n'))
  const second = await run(file)
  expect(second.out.at(-1)).toBe(`1 imported, 0 failed, 2 brought in before; report: ${file}.report.ndjson`)
  expect(second.code).toBe(0)
  expect(await practice.state()).toMatchObject({ userinfo: 1, token_refresh: 0 })

  const told = [...first.out, ...second.out, readFileSync(`${file}.report.ndjson`, 'utf8')].join('\n')
  for (const secret of secretsOf([...good, bad])) expect(told).not.toContain(secret)
  expect(statSync(`${file}.report.ndjson`).mode & 0o077).toBe(0)
  const [event] = await listAudit(
    await practice.tenant('acme'),
    { action: 'connected_account.imported', user_id: 'u_2' },
    null,
    1,
  )
  expect(event?.actor).toEqual({ type: 'system', id: 'cli' })
})

test('imports nothing twice where the report is lost, nor asks the provider again', async () => {
  const tokens = await practice.tokensElsewhere('ana')
  const file = put([header, csvRow('u_lost', tokens, '1700000000')].join('\n'), 'csv')
  await run(file)
  const before = await practice.state()
  rmSync(`${file}.report.ndjson`)
  expect((await run(file)).out.at(-1)).toBe(`1 already, 0 failed; report: ${file}.report.ndjson`)
  expect(await practice.state()).toMatchObject({
    token_refresh: before.token_refresh,
    userinfo: before.userinfo,
  })
})

test('goes on after a run that was killed in the middle of a line of its report', async () => {
  const [ben, cleo] = [await practice.tokensElsewhere('ben'), await practice.tokensElsewhere('cleo')]
  const file = put([header, csvRow('u_half', ben)].join('\n'), 'csv')
  await run(file)
  writeFileSync(`${file}.report.ndjson`, `${readFileSync(`${file}.report.ndjson`, 'utf8')}{"line":3,"us`)
  writeFileSync(file, [header, csvRow('u_half', ben), csvRow('u_whole', cleo)].join('\n'))
  expect((await run(file)).out.at(-1)).toContain('1 imported, 0 failed, 1 brought in before')
  expect((await run(file)).out.at(-1)).toContain('0 failed, 2 brought in before')
})

test('does not take another file for its report', async () => {
  const file = put(`${header}\n`, 'csv')
  writeFileSync(`${file}.report.ndjson`, 'user_id,access_token\n')
  expect((await run(file)).errors).toEqual([`behalf: ${file}.report.ndjson is no report of an import`])
})

test('reads the API’s bodies from NDJSON, with agents, and stores unchecked what it is told not to check', async () => {
  const { access_token, refresh_token } = await practice.tokensElsewhere('cleo')
  const body = {
    user_id: 'u_nd',
    tokens: { access_token, refresh_token },
    scopes: ['tasks:read'],
    purpose: 'triage',
  }
  const lines = [body, { ...body, org_id: 'globex' }, { ...body, tenant_id: 'globex' }]
  const file = put(lines.map((line) => JSON.stringify(line)).join('\n'), 'ndjson')
  const { code, out } = await run(file, '--skip-probe')
  expect(code).toBe(1)
  expect(out.at(-1)).toContain('1 unverified, 1 skipped, 1 failed')
  expect(reportOf(file).map(({ error_code }) => error_code)).toEqual([
    null,
    'other_organization',
    'invalid_request',
  ])
  expect(await practice.state()).toMatchObject({ userinfo: 0, token_refresh: 0 })
  expect(await accountsOf('u_nd')).toMatchObject([{ status: 'unverified' }])
})

test('reads an export of Nango, an array too, by the operator’s names for its integrations', async () => {
  const { access_token, refresh_token } = await practice.tokensElsewhere('ana')
  const connection = {
    connection_id: 'c-1',
    provider_config_key: 'tasks-prod',
    provider: 'acme-tasks',
    end_user: { id: 'u_nango', email: 'ana@acme.test', organization: { id: 'org-7' } },
    credentials: { type: 'OAUTH2', access_token, refresh_token, raw: { scope: 'openid tasks:read' } },
    metadata: null,
  }
  const other = { ...connection, end_user: { ...connection.end_user, organization: { id: 'org-8' } } }
  const file = put(JSON.stringify([connection, other], null, 2), 'json')
  const { code, out } = await run(
    file,
    '--format',
    'nango',
    '--map',
    'tasks-prod=sandbox',
    '--from-org',
    'org-7',
  )
  expect(out.at(-1)).toContain('1 imported, 1 skipped, 0 failed')
  expect(code).toBe(0)
  expect(await accountsOf('u_nango')).toMatchObject([
    { status: 'active', connection: { scopes: ['tasks:read'] } },
  ])
})

test('a dry run writes nothing and asks nobody, and still finds what could not be imported', async () => {
  const rows = ['u_dry,at-1,,,', 'not a user,at-2,,,', 'u_dry2,at-3,,1700000000,']
  const file = put([header, ...rows].join('\n'), 'csv')
  const { code, out } = await run(file, '--dry-run')
  expect(code).toBe(1)
  expect(out.at(-1)).toBe('1 would be imported, 2 failed')
  expect(out.join('\n')).toContain('line 3  not a user  invalid_request: does not fit: user_id')
  expect(out.join('\n')).toContain('no refresh token')
  expect(existsSync(`${file}.report.ndjson`)).toBe(false)
  expect(await accountsOf('u_dry')).toEqual([])
  expect(await practice.state()).toMatchObject({ userinfo: 0, token_refresh: 0 })
})

test('ends by itself as a process of its own, with a hundred lines stored and none of their tokens printed', async () => {
  const rows = Array.from(
    { length: 100 },
    (_, at) => `u_many_${at},at-canary-${at},rt-canary-${at},,tasks:read`,
  )
  const file = put([header, ...rows].join('\n'), 'csv')
  const words = ['import', file, '--org', 'globex', '--connector', 'sandbox', '--skip-probe']
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(root, 'scripts/behalf.ts'), ...words],
    { env: { ...process.env, VITEST: '', LOG_LEVEL: 'debug' } },
  )
  expect(stdout).toContain('100 unverified, 0 failed')
  expect(stdout + stderr).not.toMatch(/[ar]t-canary/)
  expect(reportOf(file)).toHaveLength(100)
  // Had it been told all, and once: run again, nothing is left.
  const again = await run(file, '--org', 'globex')
  expect(again.out.at(-1)).toContain('0 failed, 100 brought in before')
}, 60_000)

test('warns of a file that every user of the machine can read', async () => {
  const open = await run(put(`${header}\n`, 'csv', 0o644))
  expect(open.out[0]).toMatch(/^warning: every user of this machine can read .*chmod 600/)
  expect((await run(put(`${header}\n`, 'csv'))).out[0]).not.toContain('warning')
})

test.each([
  ['a file that is not there', ['/nowhere.csv', '--org', 'acme'], 'there is no file'],
  ['no organization', ['/dev/null'], '--org is missing'],
  ['a format that it cannot guess', ['/dev/null', '--org', 'acme'], '--format is one of'],
  ['a map that is none', ['x.csv', '--org', 'acme', '--map', 'github'], 'github-prod=github'],
  [
    'a map to no connector',
    ['x.csv', '--org', 'acme', '--map', 'a=nowhere'],
    'there is no connector "nowhere"',
  ],
])('does not understand %s', async (_, words, line) => {
  const errors: string[] = []
  const terminal = { env: process.env, print: () => {} }
  expect(await runCommand(['import', ...words], terminal, (text) => errors.push(text))).toBe(2)
  expect(errors[0]).toContain(line)
})

test('says that there is no such organization before it reads on', async () => {
  const errors: string[] = []
  const terminal = { env: process.env, print: () => {} }
  const words = ['import', put(`${header}\n`, 'csv'), '--org', 'acmee', '--connector', 'sandbox']
  expect(await runCommand(words, terminal, (text) => errors.push(text))).toBe(1)
  expect(errors[0]).toContain('there is no organization "acmee"')
})
