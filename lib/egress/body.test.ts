import { Readable, type Transform } from 'node:stream'
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
} from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { call, canary, egressWith, failure, listen, local, serve } from './testing.ts'

describe('a stalling or huge answer ends in bounded time and memory', () => {
  for (const [name, head] of [
    ['headers', 'HTTP/1.1 200 OK\r\n'],
    ['body', 'HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n'],
    ['interim answers', ''],
  ] as const) {
    it(`slow-loris ${name}: the deadline is total and the socket is freed`, async () => {
      const peer = await listen((socket) => {
        const piece = {
          headers: 'x: y\r\n',
          body: 'a',
          'interim answers': 'HTTP/1.1 103 Early Hints\r\n\r\n',
        }[name]
        socket.write(head)
        const drip = setInterval(() => socket.write(piece), 20)
        socket.on('close', () => clearInterval(drip))
      })
      const start = performance.now()
      const error = await failure(
        egressWith(local).request(call(`http://127.0.0.1:${peer.port}/`, { deadlineMs: 300 })),
      )
      expect(error).toMatchObject({ kind: 'timeout', requestSent: true })
      await vi.waitUntil(() => peer.closed === 1)
      expect(performance.now() - start).toBeLessThan(1300)
    })
  }

  /** Calls a server that would stream without end, or sends one prepared body. */
  async function answered(encoding: string, body: Uint8Array | undefined, maxBytes = 1024 * 1024) {
    let sentBytes = 0
    const port = await serve((_request, response) => {
      response.writeHead(200, encoding === '' ? {} : { 'content-encoding': encoding })
      if (body !== undefined) return void response.end(body)
      const chunk = Buffer.alloc(64 * 1024)
      const pump = () => {
        while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length
      }
      response.on('drain', pump)
      pump()
    })
    const request = egressWith(local).request(call(`http://127.0.0.1:${port}/`, { maxBytes }))
    return { request, sentBytes: () => sentBytes }
  }

  it('an endless body is cut at the cap', async () => {
    const { request, sentBytes } = await answered('', undefined)
    expect(await failure(request)).toMatchObject({ kind: 'too_large', requestSent: true })
    expect(sentBytes()).toBeLessThan(32 * 1024 * 1024)
  })

  it('a declared length above the cap is not read at all', async () => {
    const peer = await listen(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n'),
    )
    const error = await failure(egressWith(local).request(call(`http://127.0.0.1:${peer.port}/`)))
    expect(error.kind).toBe('too_large')
  })

  it('headers without end are cut', async () => {
    const peer = await listen((socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`))
    const error = await failure(egressWith(local).request(call(`http://127.0.0.1:${peer.port}/`)))
    expect(error.kind).toBe('too_large')
  })

  /** A quarter of a GiB of zeros, compressed piece by piece so that making it does not raise the peak that is measured. */
  async function bomb(compress: Transform): Promise<Uint8Array> {
    const piece = Buffer.alloc(1024 * 1024)
    const pieces = Readable.from(Array.from({ length: 256 }, () => piece))
    return Buffer.concat(await pieces.pipe(compress).toArray())
  }

  for (const [encoding, compress] of [
    ['gzip', createGzip],
    ['deflate', createDeflate],
    ['br', () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ] as const) {
    it(`a ${encoding} bomb never exists in memory`, { timeout: 60_000 }, async () => {
      const body = await bomb(compress())
      expect(body.byteLength).toBeLessThan(1024 * 1024)
      const peakKiB = process.resourceUsage().maxRSS
      const { request } = await answered(encoding, body)
      expect(await failure(request)).toMatchObject({ kind: 'too_large', requestSent: true })
      expect(process.resourceUsage().maxRSS - peakKiB).toBeLessThan(64 * 1024)
    })
  }

  it('a body sent in one-byte chunks costs about its own size', async () => {
    const bytes = 1_000_000
    const peer = await listen((socket) => {
      const body = Buffer.from('1\r\na\r\n'.repeat(bytes))
      socket.end(
        Buffer.concat([
          Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
          body,
          Buffer.from('0\r\n\r\n'),
        ]),
      )
    })
    const response = await egressWith(local).request(call(`http://127.0.0.1:${peer.port}/`))
    expect(response.body.byteLength).toBe(bytes)
    expect(response.body.buffer.byteLength).toBe(bytes)
  })

  it('a body at the cap passes, whatever its encoding, and is decoded', async () => {
    const body = Buffer.from(JSON.stringify({ text: 'ünïcode '.repeat(2000) }))
    for (const [encoding, bytes] of [
      ['', body],
      ['identity', body],
      ['gzip', gzipSync(body)],
      ['GZIP', gzipSync(body)],
      ['br', brotliCompressSync(body)],
      ['deflate', deflateSync(body)],
      ['deflate', deflateRawSync(body)],
    ] as const) {
      const response = await (await answered(encoding, bytes, body.length)).request
      expect(Buffer.from(response.body).equals(body), encoding).toBe(true)
      expect(response.json()).toEqual(JSON.parse(body.toString()))
      const over = await answered(encoding, bytes, body.length - 1)
      expect(await failure(over.request), encoding).toMatchObject({ kind: 'too_large' })
    }
  })

  it('corrupt, cut and unknown encodings are errors, not bytes', async () => {
    const good = gzipSync(canary.repeat(1000))
    for (const [encoding, bytes] of [
      ['gzip', Buffer.from(canary)],
      ['gzip', good.subarray(0, -9)],
      ['zstd', good],
      ['gzip, gzip', good],
    ] as const) {
      expect(await failure((await answered(encoding, bytes)).request)).toMatchObject({ kind: 'network' })
    }
  })
})
