import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { deployment } from '#lib/db'
import { createAuthConfig } from '#lib/oauth'
import { type Practice, startPractice } from '../../../../../scripts/testing/practice.ts'
import type { POST } from './route.ts'

const secret = 'a-webhook-secret-of-github'
let practice: Practice
let post: typeof POST
let github: string
let sandbox: string
beforeAll(async () => {
  practice = await startPractice()
  post = (await import('./route.ts')).POST
  const made = (connector: string) =>
    createAuthConfig(
      deployment,
      practice.caller,
      {
        connector,
        client_id: `client-of-${connector}`,
        client_secret: 'client-secret',
        event_secret: secret,
      },
      {},
      async () => {},
    )
  github = (await made('github')).id
  sandbox = (await made('sandbox')).id
})
afterAll(() => practice.stop())

const deliver = (id: string, body: string, headers: Record<string, string>) =>
  post(new Request(`http://localhost/api/v1/provider_events/${id}`, { method: 'POST', body, headers }), {
    params: Promise.resolve({ id }),
  })
const signed = (body: string) => ({
  'content-type': 'application/json',
  'x-github-event': 'ping',
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
})

test('takes what the provider signed without any key of ours, and answers it like a receiver of webhooks', async () => {
  const answer = await deliver(github, '{"zen":"é"}', signed('{"zen":"é"}'))
  expect([answer.status, await answer.json()]).toEqual([200, { received: true }])
  const push = { 'content-type': 'application/secevent+jwt' }
  const token = await practice.securityEvent({ user: 'ana', client_id: 'client-of-sandbox' })
  for (const _ of ['first', 'again']) {
    const taken = await deliver(sandbox, token, push)
    expect([taken.status, await taken.text()]).toEqual([202, ''])
  }
})

test('refuses what is forged, too large, of another type or for no auth config, and notes the forgery', async () => {
  const big = 'x'.repeat(256 * 1024 + 1)
  const cases: [string, string, Record<string, string>, number, string][] = [
    [github, '{}', signed('{ }'), 401, 'unauthenticated'],
    [github, big, signed(big), 413, 'payload_too_large'],
    [github, '{}', { ...signed('{}'), 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    [
      github,
      'payload=%7B%7D',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [sandbox, '{}', { 'content-type': 'application/json' }, 415, 'unsupported_media_type'],
    ['ac_0', '{}', signed('{}'), 404, 'not_found'],
    [`ac_${'0'.repeat(32)}`, '{}', signed('{}'), 404, 'not_found'],
  ]
  for (const [id, body, headers, status, code] of cases) {
    const answer = await deliver(id, body, headers)
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ code })])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  }
  const noted = await listAudit(deployment, { action: 'authentication.refused' }, null, 5)
  expect(noted).toHaveLength(1)
})

test('refuses a security event token in the words of RFC 8935', async () => {
  const token = await practice.securityEvent({ user: 'ana', client_id: 'somebody-else' })
  const answer = await deliver(sandbox, token, { 'content-type': 'application/secevent+jwt; charset=utf-8' })
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(await answer.json()).toEqual({ err: 'invalid_audience', description: expect.any(String) })
})
