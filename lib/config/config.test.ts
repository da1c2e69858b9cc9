import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './index.ts'

const good = {
  DATABASE_URL: 'postgres://app:pw@127.0.0.1:5432/behalf',
  BEHALF_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
  BEHALF_SESSION_SECRET: 's'.repeat(32),
}

test('reads the defaults of API.md', () => {
  const config = readConfig(good)
  expect(config).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:3000',
    sandbox: null,
    rootKey: null,
    rootKeyMayExecute: true,
    egressDefault: 'public',
  })
})

test.each([
  ['DATABASE_URL', undefined],
  ['DATABASE_URL', 'mysql://x'],
  ['BEHALF_MASTER_KEY', undefined],
  ['BEHALF_MASTER_KEY', 'c2hvcnQ='],
  ['BEHALF_SESSION_SECRET', 'short'],
  ['BEHALF_ROOT_KEY', 'short'],
  ['BEHALF_PUBLIC_URL', 'not a url'],
  ['BEHALF_PUBLIC_URL', 'https://behalf.example.com/path'],
  ['PORT', '70000'],
  ['BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE', '0'],
  ['BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE', 'none'],
  ['BEHALF_LIMIT_ORG_DAILY_CALLS', '1.5'],
])('stops with one line that names %s when it is %s', (name, value) => {
  const read = () => readConfig({ ...good, [name]: value })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(new RegExp(`^${name} [^\\n]+$`))
})

test('a connected account takes 600 calls a minute, another number, or as many as come', () => {
  const limits = (env: Record<string, string>) => readConfig({ ...good, ...env }).limits
  expect(limits({})).toEqual({ accountCallsPerMinute: 600, orgConcurrency: null, orgDailyCalls: null })
  const most = 'BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE'
  expect(limits({ [most]: '60' }).accountCallsPerMinute).toBe(60)
  expect(limits({ [most]: 'off', BEHALF_LIMIT_ORG_CONCURRENCY: 'off' })).toEqual({
    accountCallsPerMinute: null,
    orgConcurrency: null,
    orgDailyCalls: null,
  })
})

test('refuses the sandbox and open metrics beyond loopback', () => {
  expect(() =>
    readConfig({ ...good, BEHALF_SANDBOX: 'on', BEHALF_PUBLIC_URL: 'https://b.example.com' }),
  ).toThrow(/^BEHALF_SANDBOX/)
  expect(() => readConfig({ ...good, HOST: '0.0.0.0' })).toThrow(/^BEHALF_METRICS_TOKEN/)
})

test('lets the root key execute off loopback only when asked', () => {
  const open = { ...good, HOST: '0.0.0.0', BEHALF_METRICS_TOKEN: 'm'.repeat(16) }
  expect(readConfig(open).rootKeyMayExecute).toBe(false)
  expect(readConfig({ ...open, BEHALF_ROOT_KEY_EXECUTE: 'on' }).rootKeyMayExecute).toBe(true)
})

const other = { ...good, BEHALF_MASTER_KEY: undefined, BEHALF_KMS_KEY: 'behalf' }

test.each([
  ['BEHALF_KMS_KEY', { BEHALF_KEY_SERVICE: 'vault', BEHALF_KMS_KEY: '' }],
  ['BEHALF_VAULT_ADDR', { BEHALF_KEY_SERVICE: 'vault' }],
  ['BEHALF_VAULT_TOKEN', { BEHALF_KEY_SERVICE: 'vault', BEHALF_VAULT_ADDR: 'https://vault.example:8200' }],
  [
    'BEHALF_VAULT_ADDR',
    { BEHALF_KEY_SERVICE: 'vault', BEHALF_VAULT_ADDR: 'http://vault.example', BEHALF_VAULT_TOKEN: 't' },
  ],
  ['BEHALF_AWS_REGION', { BEHALF_KEY_SERVICE: 'aws_kms' }],
  ['BEHALF_GCP_CREDENTIALS_FILE', { BEHALF_KEY_SERVICE: 'gcp_kms' }],
  ['BEHALF_KEY_SERVICE', { BEHALF_KEY_SERVICE: 'azure' }],
  [
    'BEHALF_MASTER_KEYS_PREVIOUS',
    {
      BEHALF_KEY_SERVICE: 'local',
      BEHALF_MASTER_KEY: good.BEHALF_MASTER_KEY,
      BEHALF_MASTER_KEYS_PREVIOUS: 'short',
    },
  ],
  ['BEHALF_MASTER_KEY', { BEHALF_KEY_SERVICE: 'local' }],
])('stops with one line that names %s when the key service lacks it', (name, env) => {
  const read = () => readConfig({ ...other, ...env })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(new RegExp(`^${name}[^\\n]+$`))
})

test('needs no master key beside another key service, whose address is allowed for its calls alone', () => {
  const config = readConfig({
    ...other,
    BEHALF_KEY_SERVICE: 'vault',
    BEHALF_VAULT_ADDR: 'https://vault.internal',
    BEHALF_VAULT_TOKEN: 't',
  })
  expect(config.keys).toMatchObject({ service: 'vault', name: 'behalf', masterKeys: [], cacheSeconds: 3600 })
  expect(config.egressAllow).toBe('kms=vault.internal:443')
})
