import { fork } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { needsReauth } from '#lib/connect'
import { getAccount } from '#lib/consent'
import { listEvents } from '#lib/events'
import { newId, parseId } from '#lib/ids'
import { log } from '#lib/log'
import { checkReadiness } from '#runtime'
import { type Cut, startCommitCutter } from '../../scripts/faults/commit-cutter.ts'
import { useDatabase } from '../../scripts/testing/database.ts'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { readCredential, withTokens } from './credential.ts'
import { seal } from './seal.ts'
import { replaySpool } from './spool.ts'

const { url: databaseUrl } = useDatabase()
const dataDir = mkdtempSync(join(tmpdir(), 'behalf-spool-'))
const folder = join(dataDir, 'spool')

let practice: Practice
let superuser: Superuser
let wire: Awaited<ReturnType<typeof startCommitCutter>>

beforeAll(async () => {
  superuser = await useSuperuser()
  wire = await startCommitCutter(databaseUrl)
  Object.assign(process.env, { DATABASE_URL: wire.url, BEHALF_DATA_DIR: dataDir })
  practice = await startPractice()
})
afterAll(async () => {
  await practice.stop()
  await wire.stop()
  rmSync(dataDir, { recursive: true, force: true })
})
beforeEach(() => practice.reset())
afterEach(async () => {
  databaseIsBack()
  rmSync(folder, { recursive: true, force: true })
  await replaySpool()
})

/** What becomes of the next commits of renewed pairs. */
const cuts = (order: readonly Cut[]) => wire.cut('credential_replace', order)

/** From here on no renewed pair gets past its COMMIT. */
const databaseIsAway = (cut: Cut = 'before') => cuts(Array.from({ length: 10_000 }, () => cut))
const databaseIsBack = () => cuts([])

const files = () => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
const isEmpty = () => expect.poll(files, { timeout: 10_000 }).toEqual([])
const uuid = (accountId: string) => parseId('connected_account', accountId) ?? ''
const list = (accountId: string) =>
  practice.execute({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' })
const unavailable = expect.objectContaining({ name: 'AppError', code: 'unavailable' })

let users = 0
async function connected(): Promise<string> {
  const session = await practice.connectAccount({ org: 'acme', user: `u_${++users}` })
  await practice.reset()
  return session.connected_account_id ?? ''
}
const runOut = (accountId: string) =>
  superuser.sql(
    `UPDATE credentials SET access_expires_at = now() - interval '1 second' WHERE account_id = $1`,
    [uuid(accountId)],
  )

/** An account whose renewal the database did not take: the call fails, and its pair is on the disk. */
async function spooled(): Promise<{ accountId: string; name: string; text: string }> {
  const accountId = await connected()
  await runOut(accountId)
  databaseIsAway()
  await expect(list(accountId)).rejects.toEqual(unavailable)
  const [name = '', ...more] = files()
  expect(more).toEqual([])
  return { accountId, name, text: readFileSync(join(folder, name), 'utf8') }
}

async function state(accountId: string) {
  const [row] = await superuser.sql<{ generation: number; keys: number; status: string }>(
    `SELECT c.generation::int, a.status, (SELECT count(*)::int FROM keyring.credential_keys k
       WHERE k.account_id = a.id) AS keys
     FROM connected_accounts a LEFT JOIN credentials c ON c.account_id = a.id AND c.dead_at IS NULL WHERE a.id = $1`,
    [uuid(accountId)],
  )
  return row
}
const inPlace = { generation: 2, keys: 1, status: 'active' }

async function tokensOf(accountId: string): Promise<string[]> {
  const tenant = await practice.tenant('acme')
  const credential = await readCredential(tenant, uuid(accountId))
  return withTokens(tenant, credential, credential.key, async ({ accessToken, refreshToken }) => [
    accessToken,
    refreshToken ?? '',
  ])
}

test('a pair that the database does not take is on the disk, sealed and for its owner alone, and comes in once it does', async () => {
  const { accountId, name, text } = await spooled()
  expect(name).toMatch(/\.pair$/)
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  databaseIsBack()
  await isEmpty()
  expect(await state(accountId)).toEqual(inPlace)
  for (const token of await tokensOf(accountId)) {
    expect(token.length).toBeGreaterThan(20)
    for (const written of [token, Buffer.from(token).toString('base64').slice(0, -4)])
      expect(text).not.toContain(written)
  }
  expect((await list(accountId)).status).toBe('succeeded')
  expect((await practice.state()).token_refresh).toBe(1)
})

test('a commit of which nobody knows whether it happened is found to have happened, and makes no second generation', async () => {
  const accountId = await connected()
  await runOut(accountId)
  cuts(['after', 'after'])
  await expect(list(accountId)).rejects.toEqual(unavailable)
  await isEmpty()
  expect(await state(accountId)).toEqual(inPlace)
  expect((await list(accountId)).status).toBe('succeeded')
  expect(await practice.answeredRefreshes()).toEqual([200])
  expect((await practice.state()).revocation).toBe(0)
})

test('a pair is brought in by a process that starts, where the one that wrote it cannot', async () => {
  const { accountId } = await spooled()
  const script = fileURLToPath(new URL('../../scripts/faults/product-process.ts', import.meta.url))
  const env = { ...process.env, DATABASE_URL: databaseUrl }
  const other = fork(script, [], { execArgv: ['--conditions=react-server'], env })
  const ended = new Promise((resolve) => other.once('exit', resolve))
  try {
    await expect.poll(files, { timeout: 20_000 }).toEqual([])
  } finally {
    other.disconnect()
    await ended
  }
  expect(wire.left()).toBeGreaterThan(0)
  expect(await state(accountId)).toEqual(inPlace)
  databaseIsBack()
  expect((await list(accountId)).status).toBe('succeeded')
}, 60_000)

test('a pair that a process left behind comes in when the next one is asked whether it is ready', async () => {
  const { accountId, name, text } = await spooled()
  rmSync(join(folder, name))
  databaseIsBack()
  await replaySpool()
  writeFileSync(join(folder, name), text)
  expect(await checkReadiness()).toMatchObject({ database: 'ok' })
  await isEmpty()
  expect(await state(accountId)).toEqual(inPlace)
})

test('a pair that is brought in again changes nothing, neither at once nor after the next renewal', async () => {
  const { accountId, name, text } = await spooled()
  databaseIsBack()
  await isEmpty()
  const again = async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, name), text)
    // A connection that was cut before may be the one that this finds idle; then the next attempt brings it in.
    const replayed = () => replaySpool().then(files)
    await expect.poll(replayed).toEqual([])
  }
  await again()
  expect(await state(accountId)).toEqual(inPlace)
  await runOut(accountId)
  expect((await list(accountId)).status).toBe('succeeded')
  await again()
  expect(await state(accountId)).toEqual({ ...inPlace, generation: 3 })
  // The pair in use would have ended with it.
  expect((await practice.state()).revocation).toBe(0)
  expect((await list(accountId)).status).toBe('succeeded')
})

test('an account that was given up as lost is back in use when its pair comes in, and that is said', async () => {
  const { accountId } = await spooled()
  const tenant = await practice.tenant('acme')
  const { connectionId } = await readCredential(tenant, uuid(accountId))
  const ref = { accountId: uuid(accountId), connectionId, generation: 1n }
  await needsReauth(tenant, ref, 'rotation_lost')
  expect(await getAccount(tenant, uuid(accountId))).toMatchObject({ status: 'needs_reauth' })
  databaseIsBack()
  await isEmpty()
  expect(await state(accountId)).toEqual(inPlace)
  expect((await list(accountId)).status).toBe('succeeded')
  const events = await listEvents(tenant, { type: 'connected_account.restored' }, null, 100)
  expect(events.filter(({ data }) => data.connected_account_id === accountId)).toHaveLength(1)
})

test('an account is back in use though the commit that revived it was in doubt', async () => {
  const { accountId } = await spooled()
  const tenant = await practice.tenant('acme')
  const { connectionId } = await readCredential(tenant, uuid(accountId))
  await needsReauth(tenant, { accountId: uuid(accountId), connectionId, generation: 1n }, 'rotation_lost')
  databaseIsBack()
  cuts(['after'])
  await isEmpty()
  expect(wire.left()).toBe(0)
  expect(await state(accountId)).toEqual(inPlace)
})

test('a pair whose account was revoked meanwhile is not put in place, and is given back to the provider', async () => {
  const { accountId } = await spooled()
  const tenant = await practice.tenant('acme')
  await practice.connect.revoke(tenant, practice.caller, uuid(accountId), 'test', origin)
  expect((await practice.state()).revocation).toBe(1)
  databaseIsBack()
  await isEmpty()
  expect(await state(accountId)).toEqual({ generation: null, keys: 0, status: 'revoked' })
  expect((await practice.state()).revocation).toBe(2)
})

test('what never comes in is tried ever more seldom, is kept, and keeps no other waiting', async () => {
  const warned = vi.spyOn(log, 'warn')
  const { accountId, name, text } = await spooled()
  const { org_id, ...file } = JSON.parse(text)
  mkdirSync(join(folder, 'unreadable.pair'))
  writeFileSync(join(folder, 'torn.pair'), text.slice(0, text.length / 2))
  writeFileSync(join(folder, 'unknown.pair'), JSON.stringify({ ...file, org_id: newId() }))
  writeFileSync(join(folder, 'moved.pair'), text)
  databaseIsBack()
  const stuck = ['moved.pair', 'torn.pair', 'unknown.pair', 'unreadable.pair']
  await expect.poll(() => files().sort(), { timeout: 10_000 }).toEqual(stuck)
  expect(name).not.toBe('')
  expect(await state(accountId)).toEqual(inPlace)
  const triesOf = (which: string) =>
    warned.mock.calls.filter(([facts]) => (facts as { file?: string }).file === which).length
  // Its tries are 0.5, 1, 2 … seconds apart, so many others could be made in between.
  await expect.poll(() => triesOf('torn.pair'), { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
  for (const which of stuck) expect(triesOf(which)).toBeLessThanOrEqual(4)
  const next = await spooled2()
  databaseIsBack()
  await expect.poll(() => files().sort(), { timeout: 5_000 }).toEqual(stuck)
  expect(await state(next)).toEqual(inPlace)
  warned.mockRestore()
})

/** As `spooled`, beside files that are there already. */
async function spooled2(): Promise<string> {
  const accountId = await connected()
  await runOut(accountId)
  databaseIsAway()
  await expect(list(accountId)).rejects.toEqual(unavailable)
  return accountId
}

test('a pair of an org whose key was destroyed is destroyed with it', async () => {
  const { ensureOrg } = await import('#lib/tenancy')
  const { forgetOrgKeys, prepareOrgKeys } = await import('./index.ts')
  const tenant = await ensureOrg(practice.caller, 'shredded', prepareOrgKeys)
  const name = `${newId()}.pair`
  const { sealed, keyVersion } = await seal(tenant, { purpose: 'spool', parts: [name] }, '{}')
  await superuser.sql('UPDATE keyring.org_keys SET wrapped = NULL, destroyed_at = now() WHERE org_id = $1', [
    tenant.orgId,
  ])
  forgetOrgKeys(tenant)
  mkdirSync(folder, { recursive: true })
  const file = {
    org_id: tenant.orgId,
    key_version: keyVersion,
    sealed: Buffer.from(sealed).toString('base64'),
  }
  writeFileSync(join(folder, name), JSON.stringify(file))
  await replaySpool()
  expect(files()).toEqual([])
})

test('a pair whose file had no name yet when its process was killed comes in, and half of one does not stay', async () => {
  const { accountId, name, text } = await spooled()
  rmSync(join(folder, name))
  const draft = (of: string, what: string, agedSeconds: number) => {
    const path = join(folder, `${of}.draft`)
    writeFileSync(path, what)
    const then = Date.now() / 1_000 - agedSeconds
    utimesSync(path, then, then)
  }
  draft(name, text, 120)
  draft('half.pair', text.slice(0, 100), 120)
  draft('being-written.pair', text.slice(0, 100), 0)
  databaseIsBack()
  await replaySpool()
  expect(files()).toEqual(['being-written.pair.draft'])
  expect(await state(accountId)).toEqual(inPlace)
})

test('a pair that neither the database nor the disk takes is kept in memory until the database does', async () => {
  const accountId = await connected()
  await runOut(accountId)
  rmSync(folder, { recursive: true, force: true })
  writeFileSync(folder, 'no folder')
  cuts(['before', 'before'])
  expect((await list(accountId)).status).toBe('succeeded')
  expect(wire.left()).toBe(0)
  expect(await state(accountId)).toEqual(inPlace)
  expect((await practice.state()).token_refresh).toBe(1)
})

test('hundreds of pairs come in, each once', async () => {
  const { accountId, name, text } = await spooled()
  rmSync(join(folder, name))
  databaseIsBack()
  // All of them the same pair, each sealed to its own file: the first is put in place.
  const tenant = await practice.tenant('acme')
  const { withOpened } = await import('./seal.ts')
  const file = JSON.parse(text)
  const opened = { sealed: new Uint8Array(Buffer.from(file.sealed, 'base64')), keyVersion: file.key_version }
  const plain = await withOpened(tenant, { purpose: 'spool', parts: [name] }, opened, async (bytes) =>
    bytes.toString(),
  )
  for (let n = 0; n < 300; n++) {
    const copy = `${newId()}.pair`
    const { sealed, keyVersion } = await seal(tenant, { purpose: 'spool', parts: [copy] }, plain)
    const body = {
      org_id: tenant.orgId,
      key_version: keyVersion,
      sealed: Buffer.from(sealed).toString('base64'),
    }
    writeFileSync(join(folder, copy), JSON.stringify(body))
  }
  await replaySpool()
  expect(files()).toEqual([])
  expect(await state(accountId)).toEqual(inPlace)
})
