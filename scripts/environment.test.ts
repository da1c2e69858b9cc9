import { expect, test } from 'vitest'
import { readSetup, sandboxEnv } from './environment.ts'
import { temporaryFolder } from './testing/temporary.ts'

const masterKey = Buffer.alloc(32, 7).toString('base64')
const external = { DATABASE_URL: 'postgres://app:pw@db.example/behalf', BEHALF_MASTER_KEY: masterKey }

test('without any setting: embedded database, loopback, practice provider on the next ports, secrets that stay', () => {
  const given = { BEHALF_DATA_DIR: temporaryFolder() }
  const { env, ...setup } = readSetup(given)
  expect(setup).toMatchObject({
    embedded: true,
    port: 3000,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:3000',
  })
  expect(setup.sandbox).toEqual({ port: 3001, demoPort: 3002 })
  expect(readSetup(given).env).toEqual(env)
})

test('with a database of the operator nothing is invented: the master key is asked for by name', () => {
  expect(readSetup(external)).toMatchObject({ embedded: false, sandbox: null })
  const { BEHALF_MASTER_KEY: _, ...without } = external
  expect(() => readSetup(without)).toThrow(/^BEHALF_MASTER_KEY is required/)
})

const malformed: [name: string, value: string][] = [
  ['PORT', 'abc'],
  ['DATABASE_URL', 'mysql://app@db.example/behalf'],
  ['BEHALF_MASTER_KEY', 'c2hvcnQ='],
  ['BEHALF_ROOT_KEY', 'short'],
  ['BEHALF_SANDBOX', 'perhaps'],
  ['BEHALF_PUBLIC_URL', 'not a url'],
  ['BEHALF_SMTP_URL', 'http://mail.example.com'],
  ['BEHALF_SMTP_URL', 'smtp://mail.example.com?tls=off'],
  ['BEHALF_MAIL_FROM', 'nobody'],
  ['BEHALF_DNS_SERVER', 'dns.example.com'],
]

test.for(malformed)('a malformed %s stops the start with one line that names it', ([name, value]) => {
  const message = messageOf(() => readSetup({ ...external, [name]: value }))
  expect(message).toContain(name)
  expect(message).not.toContain('\n')
})

test('the practice provider is refused on a bind or a public URL that is not loopback', () => {
  const on = { ...external, BEHALF_SANDBOX: 'on', BEHALF_DATA_DIR: temporaryFolder() }
  expect(readSetup(on).sandbox).toEqual({ port: 3001, demoPort: 3002 })
  const metrics = { BEHALF_METRICS_TOKEN: 'a-token-of-some-length' }
  expect(() => readSetup({ ...on, ...metrics, HOST: '0.0.0.0' })).toThrow(/^BEHALF_SANDBOX/)
  expect(() => readSetup({ ...on, BEHALF_PUBLIC_URL: 'https://behalf.example' })).toThrow(/^BEHALF_SANDBOX/)
})

test('the session secret follows from the master key, so that every process has the same, and is not it', () => {
  const secret = readSetup(external).env.BEHALF_SESSION_SECRET
  expect(readSetup(external).env.BEHALF_SESSION_SECRET).toBe(secret)
  const other = { ...external, BEHALF_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') }
  expect(readSetup(other).env.BEHALF_SESSION_SECRET).not.toBe(secret)
})

test("the owner's login reaches no running process, and our secrets never the practice provider", () => {
  const owner = 'postgres://owner:pw@db.example/behalf'
  const on = { BEHALF_SANDBOX: 'on', BEHALF_DATA_DIR: temporaryFolder(), BEHALF_ROOT_KEY: 'r'.repeat(32) }
  const setup = readSetup({ ...external, ...on, BEHALF_DATABASE_ADMIN_URL: owner })
  expect(setup.databaseAdminUrl).toBe(owner)
  expect(Object.values(setup.env)).not.toContain(owner)
  const given = Object.values(sandboxEnv(setup))
  for (const name of ['DATABASE_URL', 'BEHALF_MASTER_KEY', 'BEHALF_SESSION_SECRET', 'BEHALF_ROOT_KEY']) {
    expect(setup.env[name]).toBeTruthy()
    expect(given).not.toContain(setup.env[name])
  }
})

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error('it was accepted')
}
