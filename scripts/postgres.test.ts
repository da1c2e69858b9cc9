import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive } from './lock.ts'
import { startPostgres } from './postgres.ts'
import { temporaryFolder } from './testing/temporary.ts'

function dataFolder(): string {
  const folder = temporaryFolder()
  execFileSync('chmod', ['711', folder])
  return folder
}

async function select<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

const serverPid = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])

test('keeps its data and its port over a restart, and is gone after the last stop', async () => {
  const dataDir = dataFolder()
  const first = await startPostgres({ dataDir, throwaway: true })
  const url = await first.adminUrl('kept')
  await select(url, 'CREATE TABLE mark AS SELECT 1 AS id')
  const pid = serverPid(dataDir)
  await first.stop()
  expect(isAlive(pid)).toBe(false)

  const again = await startPostgres({ dataDir, throwaway: true })
  onTestFinished(() => again.stop())
  expect(await again.adminUrl('kept')).toBe(url)
  expect(await select(url, 'SELECT id FROM mark')).toEqual([{ id: 1 }])
}, 30_000)

test('listens on loopback alone and lets nobody in without the password', async () => {
  const postgres = await startPostgres({ dataDir: dataFolder(), throwaway: true })
  onTestFinished(() => postgres.stop())
  const url = await postgres.adminUrl('postgres')
  expect(await select(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  expect(await select(url, 'SHOW unix_socket_directories')).toEqual([{ unix_socket_directories: '' }])
  const guess = Object.assign(new URL(url), { password: 'guess' }).href
  await expect(select(guess, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
}, 30_000)

test('a second process shares the server, and the first to leave does not stop it', async () => {
  const dataDir = dataFolder()
  const first = await startPostgres({ dataDir, throwaway: true })
  const script = `
    const { startPostgres } = await import('./postgres.ts')
    const postgres = await startPostgres({ dataDir: process.argv[1] })
    console.log(postgres.reused)
    process.stdin.once('end', () => void postgres.stop()).resume()`
  const other = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [said] = await once(other.stdout, 'data')
  expect(String(said).trim()).toBe('true')
  await first.stop()
  const pid = serverPid(dataDir)
  expect(isAlive(pid)).toBe(true)
  other.stdin.end()
  await once(other, 'exit')
  expect(isAlive(pid)).toBe(false)
}, 30_000)

test('starts again after it was killed', async () => {
  const dataDir = dataFolder()
  const first = await startPostgres({ dataDir, throwaway: true })
  const pid = serverPid(dataDir)
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => isAlive(pid)).toBe(false)
  const again = await startPostgres({ dataDir, throwaway: true })
  onTestFinished(() => again.stop())
  expect(again.reused).toBe(false)
  expect(await select(await again.adminUrl('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await first.stop()
}, 30_000)
