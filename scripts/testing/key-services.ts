// For tests: strict stand-ins for the key services, each speaking its service's wire protocol with real ciphers. They
// answer what the service documents and refuse what it would refuse, so that our clients and their SDKs run for real.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createVerify,
  randomBytes,
} from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'

/** `down`: answers 503. `silent`: takes the request and never answers. `refused`: the key is withdrawn. */
export type Mood = 'well' | 'down' | 'silent' | 'refused' | 'token_expired'

export type StandIn = {
  address: string
  mood: Mood
  /** Requests so far, in the words of the service. */
  calls: string[]
  /** A new version of every key; the older ones still decrypt. */
  rotate(): void
  close(): Promise<void>
}

type Asked = { request: IncomingMessage; path: string; body: string; json: Record<string, unknown> }
type Answer = { status: number; body: unknown }
type Protocol = (asked: Asked, keys: Keys, mood: Mood, calls: string[]) => Answer

class Keys {
  readonly names = new Set<string>()
  private readonly versions: Buffer[] = [randomBytes(32)]
  add = () => this.versions.push(randomBytes(32))
  get current() {
    return this.versions.length
  }
  seal(plaintext: Buffer, aad: Buffer): Buffer {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.versions[this.current - 1] ?? '', iv).setAAD(aad)
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return Buffer.concat([Buffer.of(this.current), iv, cipher.getAuthTag(), sealed])
  }
  open(sealed: Buffer, aad: Buffer): Buffer | null {
    try {
      const key = this.versions[(sealed[0] ?? 0) - 1] ?? ''
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13)).setAAD(aad)
      decipher.setAuthTag(sealed.subarray(13, 29))
      return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()])
    } catch {
      return null
    }
  }
}

async function start(protocol: Protocol, names: readonly string[]): Promise<StandIn> {
  const keys = new Keys()
  for (const name of names) keys.names.add(name)
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    if (standIn.mood === 'silent') return
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '')
    const answer =
      standIn.mood === 'down'
        ? { status: 503, body: { errors: ['sealed'] } }
        : protocol(
            { request, path, body, json: body === '' ? {} : JSON.parse(body) },
            keys,
            standIn.mood,
            standIn.calls,
          )
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer.body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const standIn: StandIn = {
    address: `http://127.0.0.1:${port}`,
    mood: 'well',
    calls: [],
    rotate: keys.add,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
  return standIn
}

/** Castagnoli's checksum, bit by bit: written apart from the client's, so that both would have to be wrong alike. */
function crc32c(bytes: Buffer): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0)
  }
  return ~sum >>> 0
}

const base64 = (value: unknown) => Buffer.from(String(value ?? ''), 'base64')

export const vaultToken = 'stand-in-token'

/** Vault and OpenBao Transit: https://developer.hashicorp.com/vault/api-docs/secret/transit */
export const startTransit = (names: readonly string[]) =>
  start(({ request, path, json }, keys, mood, calls) => {
    const no = (status: number, error: string) => ({ status, body: { errors: [error] } })
    const denied = request.headers['x-vault-token'] !== vaultToken || mood === 'token_expired'
    if (denied) return no(403, 'permission denied')
    if (path === '/v1/auth/token/lookup-self') return { status: 200, body: { data: {} } }
    if (mood === 'refused') return no(403, 'permission denied')
    const [, operation, name = ''] = /^\/v1\/transit\/(encrypt|decrypt)\/([\w.-]+)$/.exec(path) ?? []
    if (request.method !== 'POST' || !operation) return no(404, 'no handler for route')
    calls.push(`${operation} ${name}`)
    if (!keys.names.has(name)) return no(400, 'encryption key not found')
    const aad = Buffer.concat([Buffer.from(`${name}\0`), base64(json.associated_data)])
    if (operation === 'encrypt') {
      const sealed = keys.seal(base64(json.plaintext), aad).toString('base64')
      const version = keys.current
      return {
        status: 200,
        body: { data: { ciphertext: `vault:v${version}:${sealed}`, key_version: version } },
      }
    }
    const [, sealed] = /^vault:v\d+:(.+)$/.exec(String(json.ciphertext)) ?? []
    const opened = keys.open(base64(sealed), aad)
    if (!opened) return no(400, 'cipher: message authentication failed')
    return { status: 200, body: { data: { plaintext: opened.toString('base64') } } }
  }, names)

export const awsCredentials = { AWS_ACCESS_KEY_ID: 'AKIASTANDIN', AWS_SECRET_ACCESS_KEY: 'stand-in-secret' }
const awsArn = (name: string) => `arn:aws:kms:eu-central-1:111122223333:key/${name}`

/** AWS KMS, JSON 1.1: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html */
export const startAwsKms = (names: readonly string[]) =>
  start(({ request, body, json }, keys, mood, calls) => {
    const no = (type: string) => ({ status: 400, body: { __type: type, message: type } })
    if (request.headers['content-type'] !== 'application/x-amz-json-1.1') return no('SerializationException')
    if (mood === 'token_expired') return no('ExpiredTokenException')
    if (!signedBy(awsCredentials.AWS_SECRET_ACCESS_KEY, request, body)) return no('InvalidSignatureException')
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '')
    calls.push(operation)
    const name = String(json.KeyId ?? '').replace(awsArn(''), '')
    if (!keys.names.has(name)) return no('NotFoundException')
    if (mood === 'refused') return no('DisabledException')
    const context = Object.entries((json.EncryptionContext ?? {}) as Record<string, string>).sort()
    const aad = Buffer.from(JSON.stringify([name, context]))
    if (operation === 'Encrypt') {
      const sealed = keys.seal(base64(json.Plaintext), aad).toString('base64')
      return { status: 200, body: { CiphertextBlob: sealed, KeyId: awsArn(name) } }
    }
    const opened = operation === 'Decrypt' ? keys.open(base64(json.CiphertextBlob), aad) : null
    if (!opened) return no('InvalidCiphertextException')
    return { status: 200, body: { Plaintext: opened.toString('base64'), KeyId: awsArn(name) } }
  }, names)

/** AWS Signature Version 4 over what arrived, the real Host header among it. */
function signedBy(secret: string, request: IncomingMessage, body: string): boolean {
  const [, date = '', region = '', signed = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIASTANDIN\/(\d{8})\/([\w-]+)\/kms\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    ) ?? []
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`)
  if (!signed.split(';').includes('host')) return false
  const canonical = [request.method, '/', '', headers.join(''), signed, hash(body)].join('\n')
  const scope = `${date}/${region}/kms/aws4_request`
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash(canonical)].join('\n')
  const key = ['kms', 'aws4_request'].reduce<Buffer>(mac, mac(mac(`AWS4${secret}`, date), region))
  return mac(key, text).toString('hex') === signature
}

/**
 * Google Cloud KMS, REST: https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys
 * @param publicKey PEM of the service account whose signature on the bearer token is asked for
 */
export const startGcpKms = (names: readonly string[], publicKey: string) =>
  start(({ request, path, json }, keys, mood, calls) => {
    const no = (code: number, status: string) => ({
      status: code,
      body: { error: { code, status, message: status } },
    })
    const bearer = (request.headers.authorization ?? '').replace('Bearer ', '')
    if (mood === 'token_expired' || !isSigned(bearer, publicKey)) return no(401, 'UNAUTHENTICATED')
    const [, name = '', operation] = /^\/v1\/(.+):(encrypt|decrypt)$/.exec(path) ?? []
    if (request.method !== 'POST' || !operation) return no(404, 'NOT_FOUND')
    calls.push(operation)
    if (!keys.names.has(name)) return no(404, 'NOT_FOUND')
    if (mood === 'refused') return no(400, 'FAILED_PRECONDITION')
    const associated = base64(json.additionalAuthenticatedData)
    const aad = Buffer.concat([Buffer.from(`${name}\0`), associated])
    const intact = (bytes: Buffer, sum: unknown) => String(crc32c(bytes)) === String(sum)
    if (!intact(associated, json.additionalAuthenticatedDataCrc32c)) return no(400, 'INVALID_ARGUMENT')
    if (operation === 'encrypt') {
      const plaintext = base64(json.plaintext)
      if (!intact(plaintext, json.plaintextCrc32c)) return no(400, 'INVALID_ARGUMENT')
      const sealed = keys.seal(plaintext, aad)
      return {
        status: 200,
        body: {
          name: `${name}/cryptoKeyVersions/${keys.current}`,
          ciphertext: sealed.toString('base64'),
          ciphertextCrc32c: String(crc32c(sealed)),
          verifiedPlaintextCrc32c: true,
          verifiedAdditionalAuthenticatedDataCrc32c: true,
        },
      }
    }
    const ciphertext = base64(json.ciphertext)
    const opened = intact(ciphertext, json.ciphertextCrc32c) ? keys.open(ciphertext, aad) : null
    if (!opened) return no(400, 'INVALID_ARGUMENT')
    return {
      status: 200,
      body: { plaintext: opened.toString('base64'), plaintextCrc32c: String(crc32c(opened)) },
    }
  }, names)

function isSigned(jwt: string, publicKey: string): boolean {
  const [header, claims, signature] = jwt.split('.')
  if (!signature) return false
  return createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(publicKey, signature, 'base64url')
}
