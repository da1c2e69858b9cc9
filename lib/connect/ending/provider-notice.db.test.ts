import { createHmac, createPublicKey } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { getAccount } from '#lib/consent'
import { deployment, forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { parseId, publicId } from '#lib/ids'
import { createAuthConfig } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let authConfigId: string
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  const [row] = await superuser.sql<{ id: string }>(`SELECT id FROM auth_configs WHERE connector = 'sandbox'`)
  authConfigId = publicId('auth_config', row?.id ?? '')
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const event = (name: string) => `https://schemas.openid.net/secevent/${name}`

const push = (token: string, id = authConfigId, type = 'application/secevent+jwt') =>
  practice.connect.receiveNotice(
    { authConfigId: id, headers: new Headers({ 'content-type': type }), body: Buffer.from(token) },
    origin,
  )

async function connected(org: string, user: string, person = 'ana') {
  const session = await practice.connectAccount({ org, user, person })
  const tenant = await practice.tenant(org)
  return { tenant, id: parseId('connected_account', session.connected_account_id ?? '') ?? '' }
}
type Account = Awaited<ReturnType<typeof connected>>
const statusOf = async ({ tenant, id }: Account) => (await getAccount(tenant, id)).status

const jwksFetches = async () =>
  (await practice.state()).last_requests.filter(({ path }) => path === '/jwks').length

const ownConfig = (tenant: Tenant, connector: string, clientId: string, secret?: string) =>
  createAuthConfig(
    tenant,
    practice.caller,
    {
      connector,
      client_id: clientId,
      client_secret: 'a-client-secret',
      ...(secret && { event_secret: secret }),
    },
    {},
    async () => {},
  )

// First, while this process has no keys of the issuer's.
test('fetches the issuer’s keys once for many notices at once', async () => {
  const tokens = await Promise.all(Array.from({ length: 12 }, () => practice.securityEvent({ user: 'ana' })))
  await Promise.all(tokens.map((token) => push(token)))
  expect(await jwksFetches()).toBe(1)
})

test('stops every account of a person whose tokens the provider says are revoked, once, in every org of the client', async () => {
  const [one, two, other] = [
    await connected('acme', 'u_ana'),
    await connected('globex', 'u_ana'),
    await connected('acme', 'u_ben', 'ben'),
  ]
  const token = await practice.securityEvent({ user: 'ana' })
  expect(await push(token)).toEqual({ answer: null, duplicate: false, stopped: 2 })
  expect(await Promise.all([one, two, other].map(statusOf))).toEqual([
    'needs_reauth',
    'needs_reauth',
    'active',
  ])
  const before = await practice.state()
  await expect(
    practice.execute({
      connected_account_id: publicId('connected_account', one.id),
      tool_name: 'sandbox.list_tasks',
    }),
  ).rejects.toMatchObject({ code: 'reauthorization_required', facts: { connect_url: expect.any(String) } })
  expect((await practice.state()).api).toEqual(before.api)

  // A provider that is not sure of having been heard says it again.
  expect(await push(token)).toEqual({ answer: null, duplicate: true, stopped: 0 })
  const account = { connected_account_id: publicId('connected_account', one.id) }
  const audit = await listAudit(one.tenant, { action: 'connected_account.needs_reauth' }, null, 10)
  expect(audit).toMatchObject([
    { ...account, actor: { type: 'provider', id: 'sandbox' }, error_code: 'revoked_at_provider' },
  ])
  const events = await listEvents(one.tenant, { type: 'connected_account.needs_reauth' }, null, 10)
  expect(events.map(({ data }) => data)).toEqual([
    { ...account, user_id: 'u_ana', connector: 'sandbox', reason: 'revoked_at_provider' },
  ])
  // What was revoked there is not revoked once more.
  expect((await practice.state()).revocation).toBe(0)
  expect(await superuser.sql('SELECT FROM keyring.credential_keys WHERE account_id = $1', [one.id])).toEqual(
    [],
  )
})

test('gives the tokens back where the provider ended the sessions of a person and not the tokens', async () => {
  const account = await connected('acme', 'u_sessions', 'cleo')
  await push(await practice.securityEvent({ user: 'cleo', event: event('caep/event-type/session-revoked') }))
  expect(await statusOf(account)).toBe('needs_reauth')
  const [owed] = await superuser.sql<{ id: string; status: string }>(
    'SELECT id, status FROM upstream_revocations WHERE account_id = $1',
    [account.id],
  )
  expect(owed?.status).toBe('pending')
  expect(await practice.connect.settleRevocation(account.tenant, owed?.id ?? '')).toBe('revoked')
  expect((await practice.state()).revocation).toBe(1)
})

test('leaves accounts alone for news that is not about a consent', async () => {
  const account = await connected('acme', 'u_noise', 'ben')
  for (const name of [
    'caep/event-type/token-claims-change',
    'caep/event-type/credential-change',
    'risc/event-type/account-enabled',
    'risc/event-type/verification',
    'oauth/event-type/token-revoked',
  ]) {
    expect(await push(await practice.securityEvent({ user: 'ben', event: event(name) }))).toMatchObject({
      stopped: 0,
    })
  }
  expect(await statusOf(account)).toBe('active')
})

test('does nothing to a consent that is newer than what the provider tells of', async () => {
  const account = await connected('acme', 'u_late', 'cleo')
  const token = await practice.securityEvent({ user: 'cleo' })
  await superuser.tamper(
    `UPDATE connections SET consented_at = now() + interval '1 minute' WHERE account_id = $1`,
    [account.id],
  )
  expect(await push(token)).toMatchObject({ stopped: 0 })
  expect(await statusOf(account)).toBe('active')
})

test('refuses a security event that its issuer has not signed for this client', async () => {
  const account = await connected('acme', 'u_forged', 'ana')
  const good = await practice.securityEvent({ user: 'ana' })
  const claims = decodeJwt(good)
  const { kid } = decodeProtectedHeader(good)
  const header = { alg: 'RS256', kid: kid ?? '', typ: 'secevent+jwt' }
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const published = (await (await fetch(new URL('/jwks', practice.sandbox.url))).json()) as {
    keys: Record<string, string>[]
  }
  const publicPem = createPublicKey({ key: published.keys[0] ?? {}, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  })
  const sign = (payload: Record<string, unknown>, protectedHeader: { alg: string } = header) =>
    new SignJWT(payload).setProtectedHeader(protectedHeader).sign(privateKey)
  const [head, body, signature] = good.split('.')
  const changed = Buffer.from(JSON.stringify({ ...claims, jti: 'another' })).toString('base64url')
  const corpus: [why: string, token: string, code: string][] = [
    ['alg none', new UnsecuredJWT(claims).encode(), 'invalid_key'],
    [
      'HS256 under the public key',
      await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: 'HS256' })
        .sign(Buffer.from(publicPem as string)),
      'invalid_key',
    ],
    ['a key of its own', await sign(claims), 'invalid_key'],
    [
      'a key that it brings along',
      await sign(claims, { ...header, jwk: await exportJWK(publicKey) } as never),
      'invalid_key',
    ],
    ['claims changed after signing', `${head}.${changed}.${signature}`, 'invalid_key'],
    ['no signature', `${head}.${body}.`, 'invalid_key'],
    ['no token at all', 'x', 'invalid_key'],
    [
      'another client',
      await practice.securityEvent({ user: 'ana', client_id: 'someone-else' }),
      'invalid_audience',
    ],
  ]
  for (const [why, token, code] of corpus) {
    await expect(push(token), why).rejects.toMatchObject({ name: 'RefusedSet', code })
  }
  await expect(push(good, authConfigId, 'application/json')).rejects.toMatchObject({
    code: 'unsupported_media_type',
  })
  await expect(push(good, publicId('auth_config', crypto.randomUUID()))).rejects.toMatchObject({
    code: 'not_found',
  })
  expect(await statusOf(account)).toBe('active')
  // None of them has used up the id of the true one.
  expect(await push(good)).toMatchObject({ duplicate: false })
  expect(await statusOf(account)).toBe('needs_reauth')
})

test('does nothing to the accounts of another auth config, whoever the provider names', async () => {
  const account = await connected('acme', 'u_w3', 'ben')
  const globex = await practice.tenant('globex')
  const theirs = await ownConfig(globex, 'sandbox', 'globex-client')
  const token = await practice.securityEvent({ user: 'ben', client_id: 'globex-client' })
  expect(await push(token, theirs.id)).toMatchObject({ duplicate: false, stopped: 0 })
  await expect(push(await practice.securityEvent({ user: 'ben' }), theirs.id)).rejects.toMatchObject({
    code: 'invalid_audience',
  })
  expect(await statusOf(account)).toBe('active')
})

test('takes signed JSON with the auth config’s own secret, and ends a whole workspace at once', async () => {
  const secret = '8f742231b10e8888abcd99yyyzzz85a5'
  const accounts = [await connected('acme', 'u_s1', 'ana'), await connected('initech', 'u_s2', 'ben')]
  const [own, foreign] = [
    await ownConfig(deployment, 'slack', 'slack-client', secret),
    await ownConfig(deployment, 'slack', 'slack-client-2', 'another-signing-secret'),
  ]
  expect(own).toMatchObject({ events_signed: true })
  expect(JSON.stringify(own)).not.toContain(secret)
  for (const [at, { id }] of accounts.entries()) {
    await superuser.tamper(
      'UPDATE connected_accounts SET auth_config_id = $2, provider_account_id = $3 WHERE id = $1',
      [id, parseId('auth_config', own.id), `T1/U${at}`],
    )
  }
  const deliver = (team: string, configId: string, eventId: string) => {
    const time = Math.floor(Date.now() / 1000)
    const body = JSON.stringify({
      type: 'event_callback',
      team_id: team,
      event_id: eventId,
      event_time: time + 1,
      event: { type: 'app_uninstalled' },
    })
    const signature = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')
    const headers = new Headers({
      'content-type': 'application/json',
      'x-slack-request-timestamp': String(time),
      'x-slack-signature': `v0=${signature}`,
    })
    return practice.connect.receiveNotice(
      { authConfigId: configId, headers, body: Buffer.from(body) },
      origin,
    )
  }
  await expect(deliver('T1', foreign.id, 'Ev0')).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(await deliver('T', own.id, 'Ev1')).toMatchObject({ stopped: 0 })
  expect(await deliver('T1', own.id, 'Ev2')).toMatchObject({ stopped: 2 })
  expect(await Promise.all(accounts.map(statusOf))).toEqual(['needs_reauth', 'needs_reauth'])
})

test('takes no notices for an auth config without a secret where the provider signs with one', async () => {
  const bare = await ownConfig(deployment, 'github', 'github-client')
  await expect(push('{}', bare.id, 'application/json')).rejects.toMatchObject({ code: 'not_found' })
  const rows = await forOrg(deployment, (tx) =>
    tx.provider_notices.count({ where: { auth_config_id: parseId('auth_config', bare.id) ?? '' } }),
  )
  expect(rows).toBe(0)
})
