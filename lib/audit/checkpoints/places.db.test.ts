import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { AuditSettings } from '#lib/config'
import { chainOf } from '../rows.ts'
import { setScene } from '../testing.ts'
import { placesOf } from './places.ts'
import { signHead } from './sign-heads.ts'

const scene = setScene('places')
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string }

/** @param answer the status of each request, in their order */
async function server(answer: (seen: Seen, nth: number) => number) {
  const all: Seen[] = []
  const http = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
    all.push(seen)
    response.writeHead(answer(seen, all.length)).end()
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  closers.push(() => {
    http.closeAllConnections()
    http.close()
  })
  return { all, at: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }
}

const secret = 'not to be seen'
const region = 'eu-central-1'
const sha256 = (text: string) => createHash('sha256').update(text).digest()
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** What a server of S3 does with a signature, from the manual and not from our library. @returns 200 or why not */
function judged({ method, url, headers, body }: Seen): number {
  const match =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\d{8})\/([\w-]+)\/s3\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  const [, day = '', of = '', names = '', signature] = match ?? []
  const date = String(headers['x-amz-date'])
  const signedNames = names.split(';')
  // What decides over the object must be under the signature.
  const decisive = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  if (of !== region || !date.startsWith(day) || decisive.some((name) => !signedNames.includes(name)))
    return 403
  const canonical = [
    method,
    url,
    '',
    ...signedNames.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    headers['x-amz-content-sha256'],
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${of}/s3/aws4_request`, sha256(canonical).toString('hex')]
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), of), 's3'), 'aws4_request')
  if (hmac(key, toSign.join('\n')).toString('hex') !== signature) return 403
  if (headers['x-amz-content-sha256'] !== sha256(body).toString('hex')) return 400
  const [md5, checksum] = [headers['content-md5'], headers['x-amz-checksum-sha256']]
  // As a bucket with a lock on its objects answers where a checksum is missing or wrong.
  if (md5 !== createHash('md5').update(body).digest('base64')) return 400
  return checksum === sha256(body).toString('base64') ? 200 : 400
}

const settings = (more: Partial<AuditSettings>): AuditSettings => ({
  checkpointSeconds: 300,
  checkpointDir: null,
  retentionDays: null,
  webhook: null,
  store: null,
  ...more,
})
const bucket = (at: string, more: Partial<NonNullable<AuditSettings['store']>> = {}) =>
  placesOf(
    scene.egress,
    settings({
      store: {
        url: `${at}/bucket/audit`,
        region,
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: secret,
        sessionToken: null,
        lockDays: null,
        ...more,
      },
    }),
  )

test('puts an object per head into a bucket, under a signature and checksums that the bucket checks', async () => {
  const s3 = await server(judged)
  await scene.append(2)
  const signed = await signHead(scene.egress, scene.tenant, bucket(s3.at, { sessionToken: 'a session' }))
  expect(signed?.pending).toEqual([])
  expect(s3.all).toHaveLength(1)
  expect(s3.all[0]).toMatchObject({
    method: 'PUT',
    url: `/bucket/audit/${chainOf(scene.tenant)}/0000000000000002.jws`,
    body: signed?.jws,
    headers: { 'x-amz-security-token': 'a session' },
  })
  expect(s3.all[0]?.headers['x-amz-object-lock-mode']).toBeUndefined()
  expect(JSON.stringify(s3.all)).not.toContain(secret)
})

test('asks for a lock on each object as long as it is told to', async () => {
  const s3 = await server(judged)
  await scene.append(1)
  const signed = await signHead(scene.egress, scene.tenant, bucket(s3.at, { lockDays: 365 }))
  expect(signed?.pending).toEqual([])
  expect(s3.all[0]?.headers).toMatchObject({ 'x-amz-object-lock-mode': 'COMPLIANCE' })
  const until = Date.parse(String(s3.all[0]?.headers['x-amz-object-lock-retain-until-date']))
  expect(until - Date.parse(signed?.at ?? '')).toBe(365 * 86_400_000)
})

test('what passes is tried again and signed anew; what was refused is for the next run, and says so', async () => {
  const busy = await server((seen, nth) => (nth < 3 ? 503 : judged(seen)))
  await scene.append(1)
  expect((await signHead(scene.egress, scene.tenant, bucket(busy.at)))?.pending).toEqual([])
  expect(busy.all).toHaveLength(3)
  const refusing = await server((seen) => (judged(seen) === 200 ? 403 : 500))
  await scene.append(1)
  expect((await signHead(scene.egress, scene.tenant, bucket(refusing.at)))?.pending).toEqual(['s3'])
  expect(refusing.all).toHaveLength(1)
  const wrong = await server(judged)
  await scene.append(1)
  const stranger = bucket(wrong.at, { secretAccessKey: 'another' })
  expect((await signHead(scene.egress, scene.tenant, stranger))?.pending).toEqual(['s3'])
})

test('posts heads to a webhook, which answers for whether it has taken them', async () => {
  let status = 500
  const hook = await server(() => status)
  const places = placesOf(
    scene.egress,
    settings({ webhook: { url: `${hook.at}/heads`, token: 'a long bearer token' } }),
  )
  await scene.append(2)
  expect((await signHead(scene.egress, scene.tenant, places))?.pending).toEqual(['webhook'])
  status = 204
  const signed = await signHead(scene.egress, scene.tenant, places)
  expect(signed?.pending).toEqual([])
  expect(hook.all[1]).toMatchObject({
    url: '/heads',
    headers: { authorization: 'Bearer a long bearer token' },
  })
  expect(JSON.parse(hook.all[1]?.body ?? '')).toMatchObject({
    type: 'audit.checkpoint',
    sequence: 2,
    jws: signed?.jws,
  })
})
