import type { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { InvalidJsonError } from './errors.ts'
import { answerOk, call, canary, closers, egressWith, failure, listen, local, serve } from './testing.ts'

describe('whether a write may be retried is told truly', () => {
  it('connection refused: nothing was sent', async () => {
    const gone = await serve(() => {})
    await closers.pop()?.()
    const error = await failure(egressWith(local).request(call(`http://127.0.0.1:${gone}/?token=${canary}`)))
    expect(error).toMatchObject({ kind: 'network', requestSent: false, code: 'ECONNREFUSED' })
  })

  it('unknown name: nothing was sent', async () => {
    const egress = egressWith('', (_name, _options, callback) =>
      callback(Object.assign(new Error(canary), { code: 'ENOTFOUND' }), []),
    )
    const error = await failure(egress.request(call('https://nowhere.example/')))
    expect(error).toMatchObject({ kind: 'network', requestSent: false, code: 'ENOTFOUND' })
  })

  const resets: [string, (socket: Socket) => void][] = [
    ['before the answer', (socket) => void socket.resetAndDestroy()],
    ['closed before the answer', (socket) => void socket.end()],
    [
      'amid a body of known length',
      (socket) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf', () => socket.resetAndDestroy()),
    ],
    [
      'amid a chunked body',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
    ],
    ['amid the headers', (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-')],
  ]
  for (const [name, misbehave] of resets) {
    it(`reset ${name}: something was sent, and it is sent once`, async () => {
      const peer = await listen(misbehave)
      const error = await failure(egressWith(local).request(call(`http://127.0.0.1:${peer.port}/`)))
      expect(error).toMatchObject({ kind: 'reset', requestSent: true })
      expect(peer.connections).toBe(1)
    })
  }

  it('the caller gave up before, or while waiting', async () => {
    const peer = await listen(() => {})
    const egress = egressWith(local)
    const url = `http://127.0.0.1:${peer.port}/`
    const before = await failure(egress.request(call(url, { signal: AbortSignal.abort(new Error(canary)) })))
    expect(before).toMatchObject({ kind: 'aborted', requestSent: false })
    expect(peer.connections).toBe(0)
    const giveUp = new AbortController()
    const waiting = failure(egress.request(call(url, { signal: giveUp.signal })))
    await vi.waitUntil(() => peer.received.includes(canary))
    giveUp.abort(new Error(canary))
    expect(await waiting).toMatchObject({ kind: 'aborted', requestSent: true })
    await vi.waitUntil(() => peer.closed === 1)
  })

  it('a name that never resolves ends by the deadline with nothing sent', async () => {
    const egress = egressWith('', () => {})
    const error = await failure(egress.request(call('https://slow.example/', { deadlineMs: 50 })))
    expect(error).toMatchObject({ kind: 'timeout', requestSent: false })
  })

  it('a request that waited for its connection past the deadline is never sent', async () => {
    const peer = await listen(answerOk)
    const lookups: (() => void)[] = []
    const egress = egressWith('webhook=late.example', (_name, _options, callback) => {
      lookups.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]))
      if (lookups.length > 1) lookups.at(-1)?.()
    })
    const url = `http://late.example:${peer.port}/`
    expect(await failure(egress.request(call(url, { deadlineMs: 30 })))).toMatchObject({ requestSent: false })
    lookups[0]?.()
    await vi.waitUntil(() => peer.closed === 1)
    expect((await egress.request(call(url, { body: 'second', headers: {} }))).status).toBe(200)
    expect(peer.received).toContain('second')
    expect(peer.received).not.toContain(canary)
  })
})

describe('an ordinary answer', () => {
  it('is given with status and headers, over a connection that is kept', async () => {
    const sockets = new Set<unknown>()
    const port = await serve((request, response) => {
      sockets.add(request.socket)
      let body = ''
      request.on('data', (data) => {
        body += data
      })
      request.on('end', () => {
        response.writeHead(422, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
        response.end(
          JSON.stringify({ url: request.url, method: request.method, headers: request.headers, body }),
        )
      })
    })
    const egress = egressWith(local)
    for (let turn = 0; turn < 8; turn += 1) {
      const response = await egress.request(
        call(`http://127.0.0.1:${port}/a?b=c#d`, { method: 'patch', body: 'né' }),
      )
      expect(response.status).toBe(422)
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(response.json()).toMatchObject({
        url: '/a?b=c',
        method: 'PATCH',
        body: 'né',
        headers: {
          host: `127.0.0.1:${port}`,
          authorization: `Bearer ${canary}`,
          'accept-encoding': 'gzip, br',
        },
      })
    }
    expect(sockets.size).toBeLessThanOrEqual(2)
  })

  it('without a body, and not modified, is an answer too', async () => {
    const port = await serve((request, response) => response.writeHead(Number(request.url?.slice(1))).end())
    const egress = egressWith(local)
    for (const status of [200, 204, 304, 404, 500]) {
      const response = await egress.request(
        call(`http://127.0.0.1:${port}/${status}`, { method: 'GET', body: '' }),
      )
      expect([response.status, response.body.byteLength]).toEqual([status, 0])
    }
    const head = await egress.request(call(`http://127.0.0.1:${port}/200`, { method: 'HEAD', body: '' }))
    expect(head.status).toBe(200)
  })

  it('that is not JSON is a typed error which does not quote it', async () => {
    const port = await serve((_request, response) => response.end(`<html>${canary}`))
    const response = await egressWith(local).request(call(`http://127.0.0.1:${port}/`))
    expect(() => response.json()).toThrow(InvalidJsonError)
    expect(() => response.json()).not.toThrow(canary)
  })
})

describe('an answer that came in time, to a process that was stopped past its deadline,', () => {
  // A server of its own thread, so that it answers while this one stands still.
  const serverThread = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { gzipSync } = require('node:zlib')
    const { createServer } = require('node:http')
    const state = new Int32Array(workerData)
    createServer((request, response) => {
      request.resume()
      request.on('end', () => {
        parentPort.postMessage('asked')
        Atomics.wait(state, 0, 0)
        response.on('finish', () => {
          Atomics.store(state, 1, 1)
          Atomics.notify(state, 1)
        })
        const zipped = request.url === '/gzip'
        response.writeHead(200, zipped ? { 'content-encoding': 'gzip' } : {})
        response.end(zipped ? gzipSync('in time') : 'in time')
      })
    }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })`

  it.each([
    ['whole', '/plain', undefined],
    ['compressed', '/gzip', undefined],
    ['under the time of its caller', '/plain', 500],
  ])('is taken: %s', async (_, path, callerMs) => {
    const shared = new SharedArrayBuffer(8)
    const state = new Int32Array(shared)
    const thread = new Worker(serverThread, { eval: true, workerData: shared })
    closers.push(() => void thread.terminate())
    const said = () => new Promise((resolve) => thread.once('message', resolve))
    const port = await said()
    const asked = said()
    const startedAt = performance.now()
    const answer = egressWith(local).request(
      call(`http://127.0.0.1:${port}${path}`, {
        deadlineMs: callerMs === undefined ? 500 : 10_000,
        ...(callerMs !== undefined && { signal: AbortSignal.timeout(callerMs) }),
      }),
    )
    await asked
    Atomics.store(state, 0, 1)
    Atomics.notify(state, 0)
    Atomics.wait(state, 1, 0)
    Atomics.wait(state, 0, 1, Math.max(0, 550 - (performance.now() - startedAt)))
    expect((await answer).text()).toBe('in time')
  })
})
