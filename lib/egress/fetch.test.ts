import { describe, expect, it } from 'vitest'
import { canary, egressWith, failure, listen, serve } from './testing.ts'

describe('the fetch for libraries', () => {
  it('sends what fetch would, under the same guard', async () => {
    const port = await serve((request, response) => {
      let body = ''
      request.on('data', (data) => {
        body += data
      })
      request.on('end', () => response.end(`${request.method} ${request.headers['content-type']} ${body}`))
    })
    const fetch = egressWith('oidc=127.0.0.1').fetch('oidc')
    const url = `http://127.0.0.1:${port}/token`
    const form = await fetch(url, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) })
    expect(await form.text()).toBe('POST application/x-www-form-urlencoded;charset=UTF-8 grant_type=x')
    const asRequest = await fetch(
      new Request(url, { method: 'PUT', body: 'hi', headers: { 'content-type': 'a/b' } }),
    )
    expect(await asRequest.text()).toBe('PUT a/b hi')
    expect(await failure(fetch(`https://user:${canary}@127.0.0.1:${port}/`))).toMatchObject({
      kind: 'refused',
    })
    expect(await failure(fetch(`https://localhost:${port}/?${canary}`))).toMatchObject({ kind: 'refused' })
  })

  it('keeps pins, caps, deadlines, redirects and the caller’s signal', async () => {
    const peer = await listen(() => {})
    const redirecting = await serve((_request, response) => response.writeHead(302, { location: '/' }).end())
    const egress = egressWith('cimd=127.0.0.1')
    const url = `http://127.0.0.1:${peer.port}/`
    expect(await failure(egress.fetch('cimd', { hosts: ['a.example'] })(url))).toMatchObject({
      kind: 'refused',
    })
    expect(await failure(egress.fetch('cimd', { deadlineMs: 50 })(url))).toMatchObject({ kind: 'timeout' })
    expect(await failure(egress.fetch('cimd')(`http://127.0.0.1:${redirecting}/`))).toMatchObject({
      kind: 'redirect',
    })
    const signal = AbortSignal.timeout(50)
    expect(await failure(egress.fetch('cimd')(url, { signal }))).toMatchObject({ kind: 'timeout' })
  })
})
