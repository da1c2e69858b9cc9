import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FilesAtHand, fileOf, random, sha256, startFiles } from './testing.ts'

let at: FilesAtHand
let org = ''
let account = ''
let task = ''
let made = 0

beforeAll(async () => {
  at = await startFiles()
})
afterAll(() => at.close())
beforeEach(async () => {
  org = `files-${++made}`
  await at.practice.reset()
  account = (await at.practice.connectAccount({ org, user: 'u_1' })).connected_account_id ?? ''
  const { output } = await at.practice.execute(call('sandbox.list_tasks', { limit: 1 }))
  task = (output as { tasks: { id: string }[] }).tasks[0]?.id ?? ''
  await at.practice.reset()
})

const call = (tool_name: string, params: object, more: object = {}) => ({
  connected_account_id: account,
  tool_name,
  params,
  ...more,
})
const attach = (file: object, more: object = {}) => call('sandbox.attach_file', { task_id: task, file }, more)
const download = (attachment_id: string, more: object = {}) =>
  call('sandbox.download_attachment', { task_id: task, attachment_id }, more)

async function attached(file = ours(300_000)) {
  const response = await at.send(attach(file.said), file.bytes)
  const answer = (await response.json()) as { execution_id: string; output: { id: string } }
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return { file, ...answer }
}
const events = async () => {
  const { listAudit } = await import('#lib/audit')
  const tenant = await at.practice.tenant(org)
  return listAudit(tenant, {}, null, 50)
}
const execution = async (id: string) => {
  const { getExecution } = await import('#lib/broker')
  const { parseId } = await import('#lib/ids')
  return getExecution(await at.practice.tenant(org), parseId('execution', id) ?? '')
}
const onBoard = async () => {
  const { output } = await at.practice.execute(call('sandbox.list_attachments', { task_id: task }))
  const { attachments } = output as { attachments: { name: string; sha256: string }[] }
  return attachments.filter(({ name }) => name === `${org}.bin`)
}
/** A file by a name of this test's own: the practice provider is one for all. */
const ours = (size: number) => fileOf(random(size), `${org}.bin`)
const posts = async () => (await at.practice.state()).api['POST /api/tasks/{id}/attachments'] ?? 0

test('a file goes to the provider byte for byte, and its digest is with the execution', async () => {
  const { file, execution_id } = await attached()
  expect(await onBoard()).toMatchObject([{ sha256: file.said.sha256 }])
  expect((await execution(execution_id)).file).toEqual({
    direction: 'in',
    media_type: 'application/x-plan',
    size_bytes: 300_000,
    sha256: file.said.sha256,
    complete: true,
  })
})

test('a file comes back byte for byte, as an attachment that no browser shows', async () => {
  const html = fileOf(
    new TextEncoder().encode('<script>alert(1)</script>'),
    'Rechnung März.html',
    'text/html',
  )
  const { output } = await attached(html)
  const response = await at.ask(download(output.id))
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(html.bytes)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="Rechnung M_rz.html"; filename*=UTF-8''Rechnung%20M%C3%A4rz.html`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'no-store, no-transform',
    'behalf-content-trust': 'untrusted_provider_data',
  })
  const kept = await execution(response.headers.get('behalf-execution-id') ?? '')
  expect(kept).toMatchObject({ status: 'succeeded', file: { direction: 'out', sha256: html.said.sha256 } })
})

test('the audit knows size and a keyed digest of a file, and neither its name nor a bare digest', async () => {
  const { file } = await attached()
  const text = JSON.stringify(await events())
  expect(text).toContain('"file_size_bytes":300000')
  expect(text).toMatch(/"file_sha256_hmac":"[\w-]{20,}/)
  expect(text).not.toContain(file.said.sha256)
  expect(text).not.toContain(`${org}.bin`)
})

test('a repeated Idempotency-Key sends a file once, and another file under it is another request', async () => {
  const file = ours(100_000)
  const key = { 'idempotency-key': 'upload-1' }
  const first = await (await at.send(attach(file.said), file.bytes, key)).json()
  const again = await at.send(attach(file.said), file.bytes, key)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(await again.json()).toEqual(first)
  const other = ours(100_000)
  const mismatch = await at.send(attach(other.said), other.bytes, key)
  expect([mismatch.status, (await mismatch.json()).code]).toEqual([422, 'idempotency_mismatch'])
  expect(await posts()).toBe(1)
})

test('a file that was given is not kept for a repetition, which says so and asks nobody', async () => {
  const { output } = await attached()
  const key = { 'idempotency-key': 'download-1' }
  await (await at.ask(download(output.id), key)).arrayBuffer()
  const again = await at.ask(download(output.id), key)
  expect([again.status, (await again.json()).code]).toEqual([409, 'conflict'])
  expect((await at.practice.state()).api['GET /api/tasks/{id}/attachments/{part}']).toBe(1)
})

test.each([
  ['another file', (bytes: Uint8Array<ArrayBuffer>) => random(bytes.byteLength)],
  ['a shorter file', (bytes: Uint8Array<ArrayBuffer>) => bytes.subarray(1)],
  ['a longer file', (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array([...bytes, 1])],
])('%s than the call says is never whole at the provider, and the call did not happen', async (_, change) => {
  const { bytes, said } = ours(200_000)
  const wrong = change(bytes)
  const body = new ReadableStream({
    start(controller) {
      for (let at = 0; at < wrong.byteLength; at += 50_000) controller.enqueue(wrong.slice(at, at + 50_000))
      controller.close()
    },
  })
  const response = await at.send(attach(said), body)
  const problem = await response.json()
  expect([response.status, problem.code]).toEqual([422, 'invalid_request'])
  expect(problem.outcome).toBeUndefined()
  expect((await execution(problem.execution_id)).status).toBe('failed')
  expect(await onBoard()).toEqual([])
})

test('a caller that hangs up in the middle leaves no file behind', async () => {
  const { bytes, said } = ours(400_000)
  const stop = new AbortController()
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(bytes.slice(0, 100_000)),
  })
  const sent = at.send(attach(said), body, {}, stop.signal).catch(() => 'hung up')
  await expect.poll(posts).toBe(1)
  stop.abort()
  expect(await sent).toBe('hung up')
  await expect.poll(async () => JSON.stringify(await events())).toContain('"file_complete":false')
  expect(await onBoard()).toEqual([])
})

test('a caller that hangs up while it is given a file ends it at the provider', async () => {
  const { output } = await attached()
  await at.practice.faults({ slow_body_ms: 60_000 })
  const stop = new AbortController()
  const response = await at.ask(download(output.id), {}, stop.signal)
  await response.body?.getReader().read()
  const begun = performance.now()
  stop.abort()
  const id = response.headers.get('behalf-execution-id') ?? ''
  await expect.poll(async () => (await execution(id)).status, { timeout: 10_000 }).toBe('failed')
  expect(performance.now() - begun).toBeLessThan(10_000)
  expect((await execution(id)).file).toMatchObject({ complete: false, sha256: null })
})

test('a write whose answer is lost is unknown, and is sent by nobody again', async () => {
  await at.practice.faults({ reset_mid_body: 1 })
  const { bytes, said } = ours(1000)
  const response = await at.send(attach(said), bytes)
  expect(await response.json()).toMatchObject({ outcome: 'unknown', category: 'unknown_outcome' })
  expect(await posts()).toBe(1)
})

test('a provider that refuses before it has read the file is heard', async () => {
  await at.practice.faults({ next_status: { status: 403, count: 1 } })
  const { bytes, said } = ours(5_000_000)
  const response = await at.send(attach(said), bytes)
  expect(await response.json()).toMatchObject({ code: 'upstream_rejected', upstream: { status: 403 } })
})

test('a file that breaks off at the provider breaks off at the caller, and is no success', async () => {
  const { output } = await attached()
  await at.practice.faults({ reset_mid_body: 1 })
  const response = await at.ask(download(output.id))
  await expect(response.arrayBuffer()).rejects.toThrow()
  const { status, file } = await execution(response.headers.get('behalf-execution-id') ?? '')
  expect([status, file?.complete, file?.sha256]).toEqual(['failed', false, null])
})

test('a file that is packed comes unpacked, and one that unpacks to more than the tool gives is cut off', async () => {
  const { output, file } = await attached()
  await at.practice.faults({ compress: true })
  expect(sha256(new Uint8Array(await (await at.ask(download(output.id))).arrayBuffer()))).toBe(
    file.said.sha256,
  )
  await at.practice.faults({ compress: null, gzip_bomb_bytes: 50_000_000 })
  const response = await at.ask(download(output.id))
  await expect(response.arrayBuffer()).rejects.toThrow()
})

test('a provider that announces more than the tool gives is refused with words', async () => {
  const { output } = await attached()
  await at.practice.faults({ redirect_to: 'http://127.0.0.1:1/internal' })
  expect((await (await at.ask(download(output.id))).json()).code).toBe('upstream_error')
  await at.practice.faults({ redirect_to: null })
  const { said } = ours(10)
  const large = await at.send(attach({ ...said, size_bytes: 9_000_000 }), null)
  expect((await large.json()).param).toBe('params.file.size_bytes')
})

test('whoever does not ask for a file by name is given none, and nothing leaves', async () => {
  const { output } = await attached()
  await at.practice.reset()
  for (const accept of ['application/json', '*/*', 'application/octet-stream;q=0'])
    expect((await at.json(download(output.id), { accept })).status, accept).toBe(422)
  const { bytes, said } = ours(10)
  expect((await at.json(attach(said))).status).toBe(422)
  expect((await at.send(call('sandbox.list_tasks', {}), bytes)).status).toBe(422)
  expect((await at.practice.state()).api).toEqual({})
})

test.each(['../../etc/passwd', 'a/b', 'a\\b', '..', 'a\u0000', 'x\u202egnp.exe', ' a', ''])(
  'a file is not called %j',
  async (name) => {
    const { bytes, said } = ours(10)
    const response = await at.send(attach({ ...said, name }), bytes)
    expect(response.status).toBe(422)
    expect(await posts()).toBe(0)
  },
)

test('the header of a call is JSON in ASCII, once, and its body is octets', async () => {
  const { bytes, said } = ours(10)
  const good = JSON.stringify(attach(said))
  const status = async (headers: Record<string, string>) => (await at.send({}, bytes, headers)).status
  expect(await status({ 'behalf-call': `${good}, ${good}` })).toBe(400)
  expect(await status({ 'behalf-call': good.replace('plan', 'pl\u00e4n') })).toBe(400)
  expect(await status({ 'behalf-call': good, 'content-type': 'application/json' })).toBe(415)
  expect(await posts()).toBe(0)
})
