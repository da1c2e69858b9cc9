import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { connectors } from '#connectors'
import { createBroker } from '#lib/broker'
import { executeInput } from '#lib/broker/schema'
import { fileField, givenFile, tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { liftStop, placeStop } from '#lib/limits'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { brokerAt } from '../upstream/testing.ts'
import { answeredWith, createDelivery } from './index.ts'

const mebibyte = 1024 * 1024
const rule = { bytesMax: 300 * mebibyte, secondsMax: 120 }
const read = tool({
  name: 'sandbox.read_archive',
  title: 'Read an archive',
  description: 'Answers a large file.',
  scopes: [['tasks:read']],
  effect: 'read',
  idempotent: true,
  gives: rule,
  input: z.strictObject({ how: z.string().max(20) }),
  output: givenFile,
  run: ({ input, files }) => files.give(`/${input.how}`, { base: 'archive', name: 'archive.bin' }),
})
const store = tool({
  name: 'sandbox.store_archive',
  title: 'Store an archive',
  description: 'Stores a large file.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: false,
  takes: rule,
  input: z.strictObject({ how: z.string().max(20), file: fileField(rule) }),
  output: z.object({ bytes: z.number() }),
  run: async ({ input, files }) =>
    z
      .object({ bytes: z.number() })
      .parse((await files.put('PUT', `/${input.how}`, { base: 'archive' })).body),
})

const piece = Buffer.alloc(64 * 1024, 'a piece of a large file ')
const pieces = (200 * mebibyte) / piece.length
let practice: Practice
let own: ReturnType<typeof brokerAt>
let broker: ReturnType<typeof createBroker>
let account = ''
const seen = { open: 0, whole: 0, cut: 0 }

async function pour(response: ServerResponse, count: number, asSaid = count): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/zip', 'content-length': asSaid * piece.length })
  const closed = once(response, 'close')
  for (let at = 0; at < count && !response.destroyed; at++)
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed])
}

async function archive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  seen.open++
  response.once('close', () => seen.open--)
  if (request.method === 'PUT') {
    let bytes = 0
    try {
      for await (const chunk of request) bytes += (chunk as Buffer).length
    } catch {
      seen.cut++
      return
    }
    seen.whole++
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ bytes }))
    return
  }
  if (request.url === '/whole') await pour(response, pieces)
  // Less than it said, and then nothing, or an end.
  if (request.url === '/stalls' || request.url === '/lies') await pour(response, 10, 20)
  if (request.url === '/lies') return void response.destroy()
  if (request.url === '/huge') await pour(response, 1, (400 * mebibyte) / piece.length)
  if (request.url !== '/stalls') response.end()
}

const sockets = new Set<Socket>()
/** How much the provider has given away on the connections that are open. */
const given = () => [...sockets].reduce((bytes, socket) => bytes + socket.bytesWritten, 0)
const server = createServer((request, response) => void archive(request, response))
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
})
beforeAll(async () => {
  practice = await startPractice()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const change = { baseUrls: { ...connectors.sandbox?.baseUrls, base: practice.sandbox.url, archive: base } }
  own = brokerAt(practice, change, [read, store])
  broker = createBroker(own.deps)
  account = (await practice.connectAccount({ org: 'large', user: 'u_1' })).connected_account_id ?? ''
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await own.close()
  await practice.stop()
})

const input = (tool_name: string, params: object) =>
  executeInput.parse({ connected_account_id: account, tool_name, params })

async function give(how: string, signal = AbortSignal.timeout(120_000)): Promise<Response> {
  const delivery = createDelivery()
  const call = input('sandbox.read_archive', { how })
  const running = broker.execute(practice.caller, call, origin, signal, null, { delivery })
  const answered = await answeredWith(delivery, running)
  return answered instanceof Response ? answered : expect.unreachable('no file was answered')
}
const lastEvent = async () => {
  const { listAudit } = await import('#lib/audit')
  return (await listAudit(await practice.tenant('large'), { action: 'tool.executed' }, null, 1))[0]
}

/** What this process grows by while `work` runs, at its most, in MiB; what was freed before counts for nothing. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 20)
  await work().finally(() => clearInterval(watch))
  return Math.round((most - before) / mebibyte)
}

async function swallow(response: Response): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    hash.update(chunk)
  }
  return { bytes, sha256: hash.digest('hex') }
}
const digest = () => {
  const hash = createHash('sha256')
  for (let at = 0; at < pieces; at++) hash.update(piece)
  return hash.digest('hex')
}

test('200 MB go to a caller in less than 60 MB of memory, and the audit knows how many', async () => {
  // V8 lets 64 MiB of buffers that nobody holds any more pile up before it looks; from then on they are used again.
  await swallow(await give('whole'))
  let got = { bytes: 0, sha256: '' }
  const grown = await growth(async () => {
    got = await swallow(await give('whole'))
  })
  expect(got).toEqual({ bytes: 200 * mebibyte, sha256: digest() })
  expect(grown).toBeLessThan(60)
  expect((await lastEvent())?.details).toMatchObject({ file_size_bytes: 200 * mebibyte, file_complete: true })
}, 120_000)

const upload = (count: number, said: object = {}) => {
  let at = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at++ < count) controller.enqueue(new Uint8Array(piece))
        else controller.close()
      },
    },
    { highWaterMark: 1 },
  )
  const file = {
    name: 'archive.zip',
    media_type: 'application/zip',
    size_bytes: 200 * mebibyte,
    sha256: digest(),
    ...said,
  }
  return { file, upload: { body, bytes: null } }
}

test('200 MB go to a provider in less than 60 MB of memory', async () => {
  const sent = upload(pieces)
  const grown = await growth(async () => {
    const call = input('sandbox.store_archive', { how: 'whole', file: sent.file })
    const signal = AbortSignal.timeout(120_000)
    expect(await broker.execute(practice.caller, call, origin, signal, null, sent)).toMatchObject({
      output: { bytes: 200 * mebibyte },
    })
  })
  expect(grown).toBeLessThan(60)
}, 120_000)

test('a caller that stops taking a file ends it at the provider, and the audit says how far it came', async () => {
  const response = await give('whole')
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await expect.poll(() => seen.open).toBe(0)
  await expect.poll(async () => (await lastEvent())?.details).toMatchObject({ file_complete: false })
  expect((await lastEvent())?.outcome).toBe('failed')
})

test('a slow caller holds the provider back: nothing is heaped up in between', async () => {
  const response = await give('whole')
  const before = process.memoryUsage().rss
  const reader = response.body?.getReader()
  await reader?.read()
  // Everything between the two ends is full by the time that nothing moves any more.
  let sent = -1
  await expect
    .poll(
      async () => {
        const last = sent
        sent = given()
        return sent > 0 && sent === last
      },
      { interval: 200 },
    )
    .toBe(true)
  expect(sent).toBeLessThan(30 * mebibyte)
  expect(process.memoryUsage().rss - before).toBeLessThan(60 * mebibyte)
  await reader?.cancel()
  await expect.poll(() => seen.open).toBe(0)
})
test('a provider that lies about the length gives no whole file', async () => {
  await expect(swallow(await give('lies'))).rejects.toThrow()
  expect((await lastEvent())?.outcome).toBe('failed')
})

test('a file that is announced as larger than the tool gives is refused with words, before any of it', async () => {
  await expect(give('huge')).rejects.toMatchObject({
    code: 'upstream_error',
    facts: {
      detail: `The file is larger than ${rule.bytesMax} bytes, the most that sandbox.read_archive gives.`,
    },
  })
  await expect.poll(() => seen.open).toBe(0)
})

test('a stop ends a file that is under way, in both directions, and what was cut is no file', async () => {
  const response = await give('stalls')
  const reader = response.body?.getReader()
  await reader?.read()
  const half = upload(10)
  const hangs = {
    body: new ReadableStream<Uint8Array>({
      start(controller) {
        // The last that came is held back until more comes.
        controller.enqueue(new Uint8Array(piece))
        controller.enqueue(new Uint8Array(piece))
      },
    }),
    bytes: null,
  }
  const call = input('sandbox.store_archive', { how: 'whole', file: half.file })
  const sending = broker.execute(practice.caller, call, origin, AbortSignal.timeout(60_000), null, {
    upload: hangs,
  })
  const told = sending.catch((error: unknown) => error)
  await expect.poll(() => seen.open).toBe(2)
  const tenant = await practice.tenant('large')
  const by = { caller: practice.caller, actor: { type: 'test', id: 'test' } }
  const stop = { subject: { type: 'org' as const }, reason: 'as a test' }
  const { id } = await placeStop(tenant, stop, by, [], async () => {})
  const drained = (async () => {
    for (;;) if ((await reader?.read())?.done !== false) return 'whole'
  })()
  await expect(drained).rejects.toThrow()
  const error = await told
  if (!(error instanceof AppError)) throw error
  expect(error.code).toBe('account_paused')
  expect(error.facts.outcome).toBeUndefined()
  await expect.poll(() => seen.open).toBe(0)
  expect(seen.cut).toBe(1)
  await liftStop(tenant, parseId('stop', id) ?? '', null, by, async () => {})
})
