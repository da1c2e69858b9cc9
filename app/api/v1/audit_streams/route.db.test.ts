import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { exportStream, listAudit, verifyAudit } from '#lib/audit'
import { disconnect, forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { operator } from '../../../../scripts/commands/here.ts'
import * as checkpoints from '../audit_checkpoints/route.ts'
import * as hold from '../orgs/[id]/legal_holds/[hold_id]/route.ts'
import * as holds from '../orgs/[id]/legal_holds/route.ts'
import * as stream from './[id]/route.ts'
import * as streams from './route.ts'

const rootKey = 'bhf_sk_root_key_of_the_stream_tests_0123456789'
const folder = mkdtempSync(join(tmpdir(), 'behalf-streams-'))
Object.assign(process.env, { BEHALF_ROOT_KEY: rootKey, BEHALF_CHECKPOINT_DIR: folder })
let acme: Tenant
let globex: Tenant
let acmeKey: string
let globexKey: string
let made = 0

const keyOf = (tenant: Tenant) =>
  forOrg(tenant, async (tx) => (await createApiKeyIn(tx, tenant, { name: 'test', roles: [] })).secret)
beforeAll(async () => {
  await ensureOrg(operator, 'first', prepareOrgKeys)
})
beforeEach(async () => {
  made++
  acme = await ensureOrg(operator, `acme-${made}`, prepareOrgKeys)
  globex = await ensureOrg(operator, `globex-${made}`, prepareOrgKeys)
  acmeKey = await keyOf(acme)
  globexKey = await keyOf(globex)
})
afterAll(async () => {
  await disconnect()
  rmSync(folder, { recursive: true, force: true })
})

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>

async function ask(
  secret: string,
  handler: Handler,
  {
    method = 'GET',
    body,
    params = {},
  }: { method?: string; body?: object; params?: Record<string, string> } = {},
) {
  const response = await handler(
    new Request('http://localhost/api/v1', {
      method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    }),
    { params: Promise.resolve(params) },
  )
  const text = await response.text()
  return { status: response.status, body: (text ? JSON.parse(text) : null) as Record<string, unknown> }
}
const post = (secret: string, body: object) => ask(secret, streams.POST, { method: 'POST', body })
const https = { kind: 'https', name: 'SIEM', url: 'https://siem.example.com/events' }
const actions = async (tenant: Tenant) =>
  (await listAudit(tenant, {}, null, 20)).map(({ action }) => action).reverse()

test('a stream is made, read, paused and ended by its organization; its secret is never shown, and each step is audited', async () => {
  const { status, body } = await post(acmeKey, { ...https, authorization: 'Bearer very-secret' })
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { has_authorization: true, every_org: false, paused_at: null, progress: { behind: 0 } },
  })
  const params = { id: String(body.id) }
  const paused = await ask(acmeKey, stream.PATCH, { method: 'PATCH', body: { paused: true }, params })
  expect(paused.body.paused_at).toEqual(expect.any(String))
  const list = await ask(acmeKey, streams.GET)
  expect(list.body).toMatchObject({ data: [{ id: body.id }] })
  expect(JSON.stringify([body, paused.body, list.body])).not.toContain('very-secret')
  expect((await ask(acmeKey, stream.DELETE, { method: 'DELETE', params })).status).toBe(204)
  expect((await ask(acmeKey, stream.GET, { params })).status).toBe(404)
  const told = await actions(acme)
  expect(told).toEqual(['audit_stream.created', 'audit_stream.changed', 'audit_stream.deleted'])
  expect(JSON.stringify(await listAudit(acme, {}, null, 20))).not.toContain('very-secret')
})

test('another organization’s stream, hold and signed head are absent', async () => {
  const made = await post(acmeKey, https)
  const params = { id: String(made.body.id) }
  for (const [handler, method, body] of [
    [stream.GET, 'GET', undefined],
    [stream.PATCH, 'PATCH', { paused: true }],
    [stream.DELETE, 'DELETE', undefined],
  ] as const) {
    expect((await ask(globexKey, handler, { method, params, ...(body && { body }) })).status).toBe(404)
  }
  const at = { id: acme.externalId }
  expect((await ask(globexKey, holds.GET, { params: at })).status).toBe(404)
  const foreign = { method: 'POST', body: { reason: 'x' }, params: at }
  expect((await ask(globexKey, holds.POST, foreign)).status).toBe(404)
  const head = await ask(globexKey, checkpoints.POST, { method: 'POST', body: { org_id: acme.externalId } })
  expect(head.status).toBe(404)
})

test.each([
  [{ ...https, url: 'http://siem.example.com/' }, 'url'],
  [{ ...https, url: 'https://user:pw@siem.example.com/' }, 'url'],
  [{ ...https, ca_pem: '-----BEGIN CERTIFICATE-----' }, 'ca_pem'],
  [{ kind: 'syslog', name: 'x', url: 'syslog://siem.example.com:514' }, 'url'],
  [
    { kind: 'syslog', name: 'x', url: 'syslog+tls://siem.example.com:6514', authorization: 'Bearer x' },
    'authorization',
  ],
])('refuses %j', async (body, path) => {
  const answer = await post(acmeKey, body)
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } })
})

test('everybody’s events are for the deployment’s own stream alone', async () => {
  expect((await post(acmeKey, { ...https, every_org: true })).status).toBe(403)
  expect((await post(rootKey, { ...https, every_org: true, org_id: acme.externalId })).status).toBe(422)
  expect(await post(rootKey, { ...https, every_org: true })).toMatchObject({
    status: 201,
    body: { every_org: true },
  })
})

test('an organization places a hold on its audit and cannot lift it; the deployment’s operator can', async () => {
  const params = { id: acme.externalId }
  const placed = await ask(acmeKey, holds.POST, { method: 'POST', body: { reason: 'Doe v. Acme' }, params })
  expect(placed).toMatchObject({ status: 201, body: { reason: 'Doe v. Acme', lifted_at: null } })
  const one = { method: 'DELETE', params: { ...params, hold_id: String(placed.body.id) } }
  expect((await ask(acmeKey, hold.DELETE, one)).status).toBe(403)
  expect((await ask(rootKey, hold.DELETE, one)).status).toBe(204)
  expect((await ask(rootKey, hold.DELETE, one)).status).toBe(409)
  expect((await ask(acmeKey, holds.GET, { params })).body).toMatchObject({
    data: [{ lifted_by: { type: 'root_key' } }],
  })
  expect(await actions(acme)).toEqual(['legal_hold.placed', 'legal_hold.lifted'])
})

test.each(['a\u0000b', 'a\ud800b', '=1+1\r\n"x"\u2028', '\u202eabc'])(
  'free text that is %j is refused at the door or told as it is, and the chain holds',
  async (reason) => {
    const params = { id: acme.externalId }
    const placed = await ask(acmeKey, holds.POST, { method: 'POST', body: { reason }, params })
    expect([201, 400, 422]).toContain(placed.status)
    expect(await verifyAudit(acme)).toMatchObject({ ok: true, events: placed.status === 201 ? 1 : 0 })
    if (placed.status !== 201) return
    const [event] = await listAudit(acme, {}, null, 1)
    expect(event?.details.reason).toBe(reason)
    const csv = await new Response(exportStream(acme, {}, 'csv')).text()
    expect(csv).toContain(JSON.stringify(reason).slice(1, -1).replaceAll('"', '""'))
  },
)

test('a head is signed on demand, and signing it moves nothing', async () => {
  expect((await ask(acmeKey, checkpoints.POST, { method: 'POST', body: {} })).status).toBe(409)
  await post(acmeKey, https)
  const signed = await ask(acmeKey, checkpoints.POST, { method: 'POST', body: {} })
  expect(signed).toMatchObject({ status: 201, body: { org_id: acme.externalId, sequence: 1, pending: [] } })
  const again = await ask(acmeKey, checkpoints.POST, { method: 'POST', body: {} })
  expect(again.body.jws).toBe(signed.body.jws)
  expect((await ask(acmeKey, checkpoints.GET)).body).toMatchObject({ data: [{ jws: signed.body.jws }] })
})
