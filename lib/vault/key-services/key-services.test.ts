import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createEgress, type Egress, parseAllow } from '#lib/egress'
import {
  awsCredentials,
  type Mood,
  type StandIn,
  startAwsKms,
  startGcpKms,
  startTransit,
  vaultToken,
} from '../../../scripts/testing/key-services.ts'
import { awsKmsKeyService } from './aws-kms.ts'
import { crc32c } from './crc32c.ts'
import { gcpKmsKeyService } from './gcp-kms.ts'
import { fingerprint, localKeyService } from './local.ts'
import type { KeyContext, KeyService } from './service.ts'
import { vaultKeyService } from './vault.ts'

const context: KeyContext = { orgId: crypto.randomUUID(), purpose: 'data', version: 1 }
const elsewhere: [string, KeyContext][] = [
  ['org', { ...context, orgId: crypto.randomUUID() }],
  ['purpose', { ...context, purpose: 'hmac' }],
  ['version', { ...context, version: 2 }],
]
const failure = (kind: 'outage' | 'refused') => expect.objectContaining({ name: 'KeyServiceError', kind })

/** What every service owes, whoever answers. */
function owed(service: () => KeyService, keyName: string) {
  test('a wrapped key unwraps in its own context, and is never the key itself', async () => {
    const key = randomBytes(32)
    const { wrapped, keyId } = await service().wrap(context, key, keyName)
    expect(Buffer.from(wrapped).includes(key)).toBe(false)
    expect(Buffer.from(await service().unwrap(context, wrapped, keyId)).equals(key)).toBe(true)
  })

  test.each(elsewhere)('a wrapped key that was moved to another %s is refused', async (_, other) => {
    const { wrapped, keyId } = await service().wrap(context, randomBytes(32), keyName)
    await expect(service().unwrap(other, wrapped, keyId)).rejects.toEqual(failure('refused'))
  })

  test('a changed wrapped key is refused', async () => {
    const { wrapped, keyId } = await service().wrap(context, randomBytes(32), keyName)
    const at = wrapped.length - 2
    wrapped[at] = wrapped[at] === 65 ? 66 : 65
    await expect(service().unwrap(context, wrapped, keyId)).rejects.toEqual(failure('refused'))
  })
}

/** What is owed of a service that is reached over the network. */
function owedRemotely(service: () => KeyService, standIn: () => StandIn, keyName: string) {
  afterEach(() => {
    standIn().mood = 'well'
  })
  const inMood = async (mood: Mood) => {
    const { wrapped, keyId } = await service().wrap(context, randomBytes(32), keyName)
    standIn().mood = mood
    return service().unwrap(context, wrapped, keyId)
  }

  test.each(['down', 'silent', 'token_expired'] as const)(
    'says outage when the service is %s',
    async (mood) => {
      await expect(inMood(mood)).rejects.toEqual(failure('outage'))
    },
    30_000,
  )

  test('says refused when the key is withdrawn, and when there is none of the name', async () => {
    await expect(inMood('refused')).rejects.toEqual(failure('refused'))
    standIn().mood = 'well'
    const wrapping = service().wrap(context, randomBytes(32), keyName.replace(/behalf$/, 'nobody'))
    await expect(wrapping).rejects.toEqual(failure('refused'))
  })

  test('what an older version of the key wrapped unwraps after a rotation of it', async () => {
    const key = randomBytes(32)
    const { wrapped, keyId } = await service().wrap(context, key, keyName)
    standIn().rotate()
    const anew = await service().wrap(context, key, keyName)
    expect(Buffer.from(anew.wrapped).equals(wrapped)).toBe(false)
    expect(Buffer.from(await service().unwrap(context, wrapped, keyId)).equals(key)).toBe(true)
    expect(Buffer.from(await service().unwrap(context, anew.wrapped, anew.keyId)).equals(key)).toBe(true)
  })
}

let egress: Egress
let folder = ''
beforeAll(() => {
  egress = createEgress({ allow: parseAllow('kms=127.0.0.1'), default: 'deny' })
  folder = mkdtempSync(join(tmpdir(), 'behalf-kms-'))
})
afterAll(async () => {
  await egress.close()
  rmSync(folder, { recursive: true })
})

describe('local', () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  owed(() => localKeyService(() => [old]), '')

  test('a key that an earlier master key wrapped unwraps as long as that one is listed', async () => {
    const key = randomBytes(32)
    const { wrapped, keyId } = await localKeyService(() => [old]).wrap(context, key, '')
    expect(keyId).toBe(fingerprint(old))
    const both = localKeyService(() => [fresh, old])
    expect(Buffer.from(await both.unwrap(context, wrapped, keyId)).equals(key)).toBe(true)
    expect(Buffer.from(await both.unwrap(context, wrapped, '')).equals(key)).toBe(true)
    expect((await both.wrap(context, key, '')).keyId).toBe(fingerprint(fresh))
    const without = localKeyService(() => [fresh]).unwrap(context, wrapped, keyId)
    await expect(without).rejects.toEqual(failure('refused'))
  })
})

describe('vault', () => {
  let standIn: StandIn
  let service: KeyService
  beforeAll(async () => {
    standIn = await startTransit(['behalf'])
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, `${vaultToken}\n`)
    const settings = { address: standIn.address, token: null, tokenFile, mount: 'transit', namespace: null }
    service = vaultKeyService(settings, egress)
  })
  afterAll(() => standIn.close())
  owed(() => service, 'behalf')
  owedRemotely(
    () => service,
    () => standIn,
    'behalf',
  )

  test('goes nowhere else with a key id that was tampered with', async () => {
    const before = standIn.calls.length
    for (const keyId of ['transit/../sys/behalf:v1', 'behalf', 'transit/behalf/x?y:v1'])
      await expect(service.unwrap(context, randomBytes(40), keyId)).rejects.toEqual(failure('refused'))
    expect(standIn.calls.length).toBe(before)
  })
})

describe('aws_kms', () => {
  let standIn: StandIn
  let service: KeyService
  beforeAll(async () => {
    for (const [name, value] of Object.entries(awsCredentials)) vi.stubEnv(name, value)
    standIn = await startAwsKms(['behalf'])
    service = await awsKmsKeyService({ region: 'eu-central-1', endpoint: standIn.address }, egress)
  })
  afterAll(() => standIn.close())
  owed(() => service, 'behalf')
  owedRemotely(
    () => service,
    () => standIn,
    'behalf',
  )
})

describe('gcp_kms', () => {
  const keyName = 'projects/p/locations/global/keyRings/r/cryptoKeys/behalf'
  let standIn: StandIn
  let service: KeyService
  beforeAll(async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    standIn = await startGcpKms([keyName], publicKey)
    const credentialsFile = join(folder, 'service-account.json')
    writeFileSync(
      credentialsFile,
      JSON.stringify({
        type: 'service_account',
        project_id: 'p',
        private_key_id: '1',
        private_key: privateKey,
        client_email: 'behalf@p.iam.gserviceaccount.com',
      }),
    )
    service = await gcpKmsKeyService({ credentialsFile, endpoint: standIn.address }, egress)
  })
  afterAll(() => standIn.close())
  owed(() => service, keyName)
  owedRemotely(
    () => service,
    () => standIn,
    keyName,
  )

  test('sums bytes as RFC 3720 does', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  })
})

const binary = ['bao', 'vault'].find((name) => spawnSync(name, ['version']).status === 0)

describe.skipIf(!binary)(`a real Transit engine (skipped: neither bao nor vault is on the PATH)`, () => {
  const address = 'http://127.0.0.1:4310'
  let service: KeyService
  let stop = () => {}
  beforeAll(async () => {
    const child = spawn(
      binary ?? '',
      ['server', '-dev', '-dev-root-token-id=root', `-dev-listen-address=${new URL(address).host}`],
      { stdio: 'ignore' },
    )
    stop = () => child.kill()
    const call = (path: string, body?: object) =>
      fetch(`${address}/v1/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'x-vault-token': 'root' },
        ...(body && { body: JSON.stringify(body) }),
      })
    await vi.waitFor(async () => expect((await call('sys/health')).status).toBe(200), 20_000)
    await call('sys/mounts/transit', { type: 'transit' })
    await call('transit/keys/behalf', { type: 'aes256-gcm96' })
    const settings = { address, token: 'root', tokenFile: null, mount: 'transit', namespace: null }
    service = vaultKeyService(settings, egress)
  }, 30_000)
  afterAll(() => stop())
  owed(() => service, 'behalf')
})
