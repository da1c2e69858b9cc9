import { describe, expect, it, vi } from 'vitest'
import { createEgress, parseAllow } from './index.ts'
import { answerOk, call, canary, closers, egressWith, failure, listen, local, serve } from './testing.ts'

describe('an internal listener is never reached', () => {
  const disguises = [
    ...[
      '127.0.0.1',
      '0177.0.0.1',
      '0x7f.0.0.1',
      '0x7f000001',
      '2130706433',
      '017700000001',
      '127.1',
      '127.0.1',
    ],
    ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]', '[::127.0.0.1]'],
    ...[
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '0.0.0.0',
      '0',
      '[::]',
      'localhost',
      'LOCALHOST',
      '127.0.0.1.',
    ],
    ...['[::1%25lo]', '127。0。0。1', '①②⑦.0.0.1', '%31%32%37.0.0.1', 'x@127.0.0.1', 'localhost.'],
  ]
  for (const scheme of ['http', 'https']) {
    for (const host of disguises) {
      it(`as ${scheme}://${host}`, async () => {
        const internal = await listen(answerOk)
        const error = await failure(
          egressWith('').request(call(`${scheme}://${host}:${internal.port}/?${canary}`)),
        )
        expect(error).toMatchObject({ kind: 'refused', requestSent: false })
        expect(internal.connections).toBe(0)
      })
    }
  }

  it('by a name that rebinds: what was judged is what is dialled, and a new connection is judged anew', async () => {
    // A second loopback address stands in for the public one: each platform has one of these by default.
    const outside = process.platform === 'linux' ? '127.0.0.2' : '::1'
    const front = await listen(answerOk, outside)
    const internal = await listen(answerOk, '127.0.0.1', front.port)
    const answers = [outside, '127.0.0.1']
    let lookups = 0
    const egress = egressWith(
      `webhook=${outside}/${outside === '::1' ? 128 : 32}`,
      (_name, _options, callback) => {
        const address = answers[lookups++ % 2] ?? ''
        callback(null, [{ address, family: address.includes(':') ? 6 : 4 }])
      },
    )
    const url = `http://rebind.example:${front.port}/`
    expect((await egress.request(call(url))).text()).toBe('ok')
    expect(lookups).toBe(1)
    expect(await failure(egress.request(call(url)))).toMatchObject({ kind: 'refused', requestSent: false })
    expect(lookups).toBe(2)
    expect(front.connections).toBe(1)
    expect(internal.connections).toBe(0)
  })

  it('by a name with one public and one internal address', async () => {
    const internal = await listen(answerOk)
    const egress = egressWith('', (_name, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '93.184.216.34', family: 4 },
      ]),
    )
    const error = await failure(egress.request(call(`https://both.example:${internal.port}/`)))
    expect(error).toMatchObject({ kind: 'refused', requestSent: false })
    expect(internal.connections).toBe(0)
  })

  for (const status of [300, 301, 302, 303, 307, 308]) {
    it(`by a ${status}, nor is the redirect's target told beyond its host`, async () => {
      const internal = await listen(answerOk)
      const port = await serve((_request, response) => {
        response
          .writeHead(status, { location: `http://127.0.0.1:${internal.port}/${canary}?code=${canary}` })
          .end()
      })
      const error = await failure(egressWith(local).request(call(`http://127.0.0.1:${port}/`)))
      expect(error).toMatchObject({ kind: 'redirect', requestSent: true })
      expect(internal.connections).toBe(0)
    })
  }

  it('by a purpose that another purpose was allowed for', async () => {
    const internal = await listen(answerOk)
    const egress = egressWith(`siem=127.0.0.1:${internal.port}`)
    await failure(egress.request(call(`http://127.0.0.1:${internal.port}/`)))
    expect(internal.connections).toBe(0)
    await egress.request(call(`http://127.0.0.1:${internal.port}/`, { purpose: 'siem' }))
    expect(internal.connections).toBe(1)
  })

  it('by a proxy of the environment', async () => {
    const proxy = await listen(answerOk)
    const target = await listen(answerOk)
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${proxy.port}`)
    vi.stubEnv('ALL_PROXY', `http://127.0.0.1:${proxy.port}`)
    closers.push(() => void vi.unstubAllEnvs())
    await egressWith(local).request(call(`http://127.0.0.1:${target.port}/`))
    expect([target.connections, proxy.connections]).toEqual([1, 0])
  })
})

describe('a provider call', () => {
  it('leaves only to a pinned host, and never without a pin', async () => {
    const internal = await listen(answerOk)
    const egress = egressWith(local)
    const url = `http://127.0.0.1:${internal.port}/`
    const attempt = (hosts?: string[]) =>
      egress.request(call(url, { purpose: 'provider', ...(hosts && { hosts }) }))
    for (const hosts of [
      undefined,
      [],
      ['127.0.0.1'],
      ['api.github.com'],
      [`127.0.0.1:${internal.port + 1}`],
    ]) {
      expect(await failure(attempt(hosts))).toMatchObject({ kind: 'refused', requestSent: false })
    }
    expect(internal.connections).toBe(0)
    expect((await attempt([`127.0.0.1:${internal.port}`])).text()).toBe('ok')
  })

  it('reaches an allow-listed name by the system’s own lookup, whichever family listens', async () => {
    const internal = await listen(answerOk)
    const host = `localhost:${internal.port}`
    const egress = egressWith(`provider=${host}`)
    const response = await egress.request(call(`http://${host}/`, { purpose: 'provider', hosts: [host] }))
    expect(response.text()).toBe('ok')
    expect(internal.received).toContain(`host: ${host}\r\n`)
  })

  it('cannot choose its Host header, its framing or a line break', async () => {
    const internal = await listen(answerOk)
    const egress = egressWith(local)
    const url = `http://127.0.0.1:${internal.port}/`
    const attacks: Record<string, string>[] = [
      { Host: 'evil.example' },
      { 'Transfer-Encoding': 'chunked' },
      { 'content-length': '0' },
      { connection: 'upgrade' },
      { 'x-note': `a\r\nauthorization: ${canary}` },
      { 'x-note': 'a\0' },
      { 'x\r\ny': 'a' },
      { '': 'a' },
    ]
    for (const headers of attacks) {
      expect(await failure(egress.request(call(url, { headers })))).toMatchObject({ kind: 'refused' })
    }
    for (const method of ['CONNECT', 'TRACE', 'GET / HTTP/1.1\r\nx: y', '']) {
      expect(await failure(egress.request(call(url, { method })))).toMatchObject({ kind: 'refused' })
    }
    expect(internal.connections).toBe(0)
  })

  it('under deny reaches an allow-listed host and nothing else', async () => {
    const internal = await listen(answerOk)
    const egress = createEgress({ allow: parseAllow(local), default: 'deny' })
    closers.push(() => egress.close())
    expect((await egress.request(call(`http://127.0.0.1:${internal.port}/`))).status).toBe(200)
    const error = await failure(egress.request(call('https://8.8.8.8/', { deadlineMs: 2000 })))
    expect(error).toMatchObject({ kind: 'refused', requestSent: false })
  })
})

describe('closing', () => {
  it('lets a call in flight end, then refuses', async () => {
    const peer = await listen((socket) => void vi.waitUntil(() => closing).then(() => answerOk(socket)))
    let closing = false
    const egress = egressWith(local)
    const url = `http://127.0.0.1:${peer.port}/`
    const running = egress.request(call(url))
    await vi.waitUntil(() => peer.received.includes(canary))
    const closed = egress.close()
    closing = true
    expect((await running).text()).toBe('ok')
    await closed
    expect(await failure(egress.request(call(url)))).toMatchObject({ kind: 'aborted', requestSent: false })
    expect(peer.connections).toBe(1)
  })
})
