import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Client } from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { authenticateKey, authenticateMember, redeemSignInLink } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { deploymentTenant, ensureOrg, resolveTenant } from '#lib/tenancy'
import { orgHmac, prepareOrgKeys } from '#lib/vault'
import { root } from '../install.mjs'
import { useDatabase } from '../testing/database.ts'
import { operator, record } from './here.ts'
import { commands, runCommand } from './index.ts'

const { adminUrl } = useDatabase()
const deployment = deploymentTenant(operator)
let acme: Tenant

beforeAll(async () => {
  acme = await ensureOrg(operator, 'acme', prepareOrgKeys)
  await ensureOrg(operator, 'globex', prepareOrgKeys)
  await orgHmac(deployment, 'readiness', 'probe')
})

async function behalf(...words: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const terminal = { env: process.env, print: (line: string) => out.push(line) }
  const code = await runCommand(words, terminal, (line) => errors.push(line))
  return { code, out, errors }
}

/** The last events of a chain, newest first, as action and actor. */
const audit = async (tenant: Tenant) =>
  (await listAudit(tenant, {}, null, 5)).map(({ action, actor }) => `${action} by ${actor.type}/${actor.id}`)

const bearer = (secret: string) => new Headers({ authorization: `Bearer ${secret}` })

/** A process of its own, as npm starts it: configuration is read once a process. */
const behalfProcess = (env: Record<string, string>, ...words: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/behalf.ts'), ...words], {
    env: { ...process.env, VITEST: '', ...env },
    encoding: 'utf8',
  })

test('help names every command, and nothing at all asks for help', async () => {
  const { code, out } = await behalf('help')
  expect(code).toBe(0)
  for (const { name, summary } of commands) {
    expect(out.join('\n')).toContain(name)
    expect(out.join('\n')).toContain(summary)
  }
  expect(await behalf()).toEqual({ code, out, errors: [] })
})

test.each([
  [['fly'], 'there is no command "fly"'],
  [['keys'], 'there are keys create, keys list, keys revoke'],
  [['keys', 'create'], '--name is missing'],
  [['keys', 'create', '--name', 'x', '--roles', 'rule'], '--roles'],
  [['keys', 'create', '--name', 'x', '--owner', 'me'], "Unknown option '--owner'"],
  [['keys', 'revoke'], 'an argument is missing'],
  [['keys', 'revoke', 'ca_1'], '"ca_1" is no key id'],
  [['orgs', 'list', 'acme'], 'unexpected argument "acme"'],
  [['sign-in-link', '--email', 'nobody'], 'is no address'],
  [['verify-audit'], 'which organization?'],
])('answers wrong usage %j with a clear line and exit code 2', async (words, line) => {
  const { code, out, errors } = await behalf(...words)
  expect({ code, out }).toEqual({ code: 2, out: [] })
  expect(errors[0]).toMatch(/^behalf: [^\n]+$/)
  expect(errors[0]).toContain(line)
})

test('a sign-in link signs its member in once, and its issue is audited', async () => {
  const { code, out } = await behalf('sign-in-link', '--email', 'Ops@acme.test')
  expect(code).toBe(0)
  const token = /\/console\/sign-in#token=(\S+)$/.exec(out[0] ?? '')?.[1] ?? ''
  expect(await redeemSignInLink(token)).toMatchObject({ email: 'ops@acme.test', role: 'owner' })
  expect(await redeemSignInLink(token)).toBeNull()
  expect((await audit(deployment))[0]).toBe('member.sign_in_link_issued by system/cli')
})

test("an organization's sign-in link makes an admin of that organization alone", async () => {
  const { out } = await behalf('sign-in-link', '--email', 'it@acme.test', '--org', 'acme')
  const member = await redeemSignInLink(/#token=(\S+)$/.exec(out[0] ?? '')?.[1] ?? '')
  const { caller } = await authenticateMember({
    memberId: member?.id ?? '',
    sessionVersion: member?.sessionVersion ?? 0,
  })
  expect(caller.reach?.externalId).toBe('acme')
  expect((await audit(acme))[0]).toBe('member.sign_in_link_issued by system/cli')
  expect((await behalf('sign-in-link', '--org', 'nowhere')).errors[0]).toContain('no organization "nowhere"')
})

test("a key's secret works until it is revoked, is listed nowhere, and both are in its organization's audit", async () => {
  const made = await behalf('keys', 'create', '--name', 'Agents', '--org', 'acme', '--roles', 'read,execute')
  const [title, , secret = ''] = made.out
  const id = title?.split('  ')[0] ?? ''
  const caller = await authenticateKey(bearer(secret), 'read')
  expect(caller.reach?.externalId).toBe('acme')
  await expect(authenticateKey(bearer(secret), 'manage')).rejects.toMatchObject({ code: 'forbidden' })

  const listed = (await behalf('keys', 'list', '--org', 'acme')).out
  expect(listed.find((line) => line.startsWith(id))).toMatch(/Agents .*acme .*read,execute .*active$/)
  expect(listed.join('\n')).not.toContain(secret)
  expect((await behalf('keys', 'list')).out.join('\n')).not.toContain(id)

  expect((await behalf('keys', 'revoke', id)).code).toBe(0)
  await expect(authenticateKey(bearer(secret), 'read')).rejects.toMatchObject({ code: 'unauthenticated' })
  expect((await behalf('keys', 'list', '--org', 'acme')).out.join('\n')).toMatch(/revoked \d{4}-/)
  expect((await audit(acme)).slice(0, 2)).toEqual([
    'api_key.revoked by system/cli',
    'api_key.created by system/cli',
  ])
})

test('a key without an organization reaches all of them', async () => {
  const { out } = await behalf('keys', 'create', '--name', 'Backend')
  expect((await authenticateKey(bearer(out[2] ?? ''), 'manage')).reach).toBeNull()
})

test.each([
  [['keys', 'create', '--name', 'x', '--org', 'nowhere'], 'there is no organization "nowhere"'],
  [['keys', 'revoke', `key_${'0'.repeat(32)}`], 'there is no key key_0000'],
  [['verify-audit', 'nowhere'], 'there is no organization "nowhere"'],
])('says in one line that what %j names does not exist, and exits with 1', async (words, line) => {
  const { code, errors } = await behalf(...words)
  expect(code).toBe(1)
  expect(errors).toEqual([expect.stringContaining(line)])
})

test('encryption keys are shown with what they seal, re-wrapped on the spot, and rotated by the workers', async () => {
  const rewrapped = await behalf('keys', 'rewrap', '--wait')
  expect(rewrapped).toMatchObject({ code: 0, errors: [] })
  expect(rewrapped.out.at(-1)).toMatch(/^rewrap of .+: done, (\d+) of \1$/)
  const rotated = await behalf('keys', 'rotate', '--org', 'acme')
  expect(rotated.out[0]).toMatch(/^rotation to version 2 of .+: running, 0 of 0$/)
  const { code, out } = await behalf('keys', 'status', '--org', 'acme')
  expect(code).toBe(0)
  expect(out.join('\n')).toMatch(/data +2 +current +0 +local/)
  expect(out.join('\n')).toMatch(/data +1 +retired +0 +local/)
  expect(out.at(-1)).toContain('running')
  expect((await behalf('keys', 'status')).out.at(-1)).toMatch(
    /keys of all organizations are wrapped by local/,
  )
  expect(await audit(acme)).toContain('key.rotation_started by system/cli')
  expect(await audit(deployment)).toContain('key.rotation_finished by system/key-rotation')
})

test('lists the organizations', async () => {
  const { out } = await behalf('orgs', 'list')
  expect(out.map((line) => line.split(' ')[0])).toEqual(['ID', 'globex', 'acme'])
})

test('verify-audit accepts a whole chain, and names the event that somebody changed', async () => {
  const globex = await resolveTenant(operator, 'globex')
  for (const note of ['one', 'two', 'three']) {
    await forOrg(globex, (tx) => record(tx, globex, 'organization.changed', { note }))
  }
  const whole = await behalf('verify-audit', 'globex')
  expect(whole.code).toBe(0)
  expect(whole.out[0]).toMatch(/^globex: 3 events, the chain is whole, head [0-9a-f]{64}$/)
  expect((await behalf('verify-audit', '#deployment')).code).toBe(0)

  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  await client.query('SET session_replication_role = replica')
  await client.query(
    `UPDATE audit_events SET details = '{"note":"TWO"}' WHERE org_id = $1 AND sequence = 2`,
    [globex.orgId],
  )
  await client.end()
  const second = (await listAudit(globex, {}, null, 5)).find(({ sequence }) => sequence === 2)
  const broken = await behalf('verify-audit', 'globex')
  expect(broken.code).toBe(1)
  expect(broken.out[0]).toContain(`BROKEN after 1 good events; first bad event ${second?.id}`)
})

test('migrate finds nothing left to apply, with the login of the owner or without it', async () => {
  expect(await behalf('migrate')).toMatchObject({ code: 0, out: ['nothing to apply'] })
  const asOwner = behalfProcess({ BEHALF_DATABASE_ADMIN_URL: adminUrl }, 'migrate')
  expect(asOwner).toMatchObject({ status: 0, stdout: 'nothing to apply\n' })
})

test('doctor finds a healthy instance healthy', async () => {
  const { code, out } = await behalf('doctor')
  expect(out.map((line) => line.slice(0, 15).trim())).toEqual([
    '✓ Configuration',
    '✓ Database',
    '✓ Migrations',
    '✓ Master key',
    '✓ Job queue',
  ])
  expect(code).toBe(0)
})

test('doctor names the configuration, the database login or the master key when that is what is wrong', () => {
  const wrongKey = behalfProcess({ BEHALF_MASTER_KEY: randomBytes(32).toString('base64') }, 'doctor')
  expect(wrongKey.status).toBe(1)
  expect(wrongKey.stdout).toContain('✓ Migrations')
  expect(wrongKey.stdout.trim().split('\n').at(-1)).toMatch(/^✗ Master key .*BEHALF_MASTER_KEY/)

  const superuser = behalfProcess({ DATABASE_URL: adminUrl }, 'doctor')
  expect(superuser.status).toBe(1)
  expect(superuser.stdout).toMatch(/✗ Database .*superuser/)

  const noPort = behalfProcess({ PORT: 'http' }, 'doctor')
  expect(noPort.status).toBe(1)
  expect(noPort.stdout).toMatch(/✗ Configuration .*PORT/)
})

test('a folder without an instance is not made into one', () => {
  const { status, stderr } = behalfProcess(
    { DATABASE_URL: '', BEHALF_DATA_DIR: '/nowhere/at-all' },
    'orgs',
    'list',
  )
  expect(status).toBe(1)
  expect(stderr).toBe(
    'behalf: there is no instance in /nowhere/at-all: start one with `npm start`, or set BEHALF_DATA_DIR or DATABASE_URL as it has them\n',
  )
})
