// Assertions of who is signed in, forged in every way known (THREATS.md A2, K2), and tokens taken for one another.
import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, SignJWT } from 'jose'
import { instance } from '../../scripts/testing/instance.ts'
import { asSuperuser } from '../support/console.ts'
import { type Api, confirmSession, expect, freshUser, invite, test } from '../support/test.ts'
import { codeOn, createBrowser, formHeaders, sendByLetter } from './browser.ts'
import { attempts, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 60 * 60_000 })

// Keys are made anew with each process of the tests, and an organization keeps those it has.
const [org, otherOrg] = [`attacks-sso-${process.pid}`, `attacks-sso-other-${process.pid}`]
const page = 'https://app.acme.test'
const issuer = 'https://login.acme.test'
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const [own, others, stranger] = [pair(), pair(), pair()]

const now = () => Math.floor(Date.now() / 1000)

async function register(api: Api, id: string, of: Record<string, unknown>[]) {
  expect((await api.put(`/orgs/${id}`, { name: id, origins: [page] })).status).toBeLessThan(300)
  const { status, body } = await api.post(`/orgs/${id}/sso_keys`, { issuer, jwks: { keys: of } })
  expect([201, 409], JSON.stringify(body)).toContain(status)
}

const jwkOf = async (key: KeyObject, kid: string) => ({ ...(await exportJWK(key)), kid })

test.beforeEach(async ({ api }) => {
  await register(api, org, [await jwkOf(own.publicKey, 'one'), await jwkOf(rsa.publicKey, 'two')])
  await register(api, otherOrg, [await jwkOf(others.publicKey, 'one')])
})

const claims = (of = org) => ({
  iss: issuer,
  aud: `${instance().publicUrl}/connect/sso`,
  sub: freshUser(),
  org: of,
  email: 'ana@acme.test',
  origin: page,
  jti: randomUUID(),
  auth_time: now() - 60,
  iat: now(),
  exp: now() + 120,
})
type Claims = Record<string, unknown>

const header = { typ: 'behalf-sso+jwt', alg: 'ES256', kid: 'one' }

const signed = (payload: Claims, more: Claims = {}, key: KeyObject = own.privateKey): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ ...header, ...more }).sign(key)

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token put together by hand, as no library would. */
const byHand = (head: Claims, payload: Claims, signs: (text: string) => Buffer | string): string => {
  const text = `${b64(head)}.${b64(payload)}`
  const signature = signs(text)
  return `${text}.${typeof signature === 'string' ? signature : signature.toString('base64url')}`
}

async function trade(assertion: string, more: Record<string, string> = {}) {
  const { status, headers, body } = await sendByLetter({
    path: '/connect/sso',
    method: 'POST',
    headers: {
      host: new URL(instance().publicUrl).host,
      'content-type': formHeaders['content-type'],
      origin: page,
      ...more,
    },
    body: new URLSearchParams({ assertion }).toString(),
  })
  return { status, cookie: headers['set-cookie'], text: body }
}

const sessionsMade = async (): Promise<number> => {
  const rows = await asSuperuser(
    `SELECT count(*)::int AS made FROM connect_sessions s JOIN organizations o ON o.id = s.org_id
      WHERE o.external_id IN ($1, $2) AND s.created_by->>'type' = 'sso'`,
    [org, otherOrg],
  )
  return Number(rows[0]?.made)
}

const without = (payload: Claims, name: string): Claims => {
  const { [name]: _gone, ...rest } = payload
  return rest
}

const ownSign = (text: string) =>
  sign('sha256', Buffer.from(text), { key: own.privateKey, dsaEncoding: 'ieee-p1363' })

/** Each case in turn, so that none is left out. */
const each = <T>(index: number, cases: readonly T[]): T => cases[index % cases.length] as T

/** An assertion that is good but for what it says. */
const bentClaims = (random: Chance, index: number): Claims => {
  const good = claims()
  const aud = good.aud
  return each<() => Claims>(index, [
    () => ({ ...good, exp: now() - 10, iat: now() - 100 }),
    () => ({ ...good, iat: now() + 300, exp: now() + 500 }),
    () => ({ ...good, nbf: now() + 300 }),
    () => ({ ...good, exp: now() + 86_400 }),
    () => ({ ...good, iat: now() - 4_000 }),
    () => ({ ...good, auth_time: now() + 600 }),
    () => ({ ...good, exp: 'never' }),
    () => ({ ...good, exp: 1e300 }),
    () =>
      without(
        good,
        random.pick(['exp', 'iat', 'jti', 'sub', 'aud', 'iss', 'org', 'origin', 'email', 'auth_time']),
      ),
    () => ({
      ...good,
      iss: random.pick([`${issuer}/`, issuer.toUpperCase(), 'https://evil.test', [issuer], '']),
    }),
    () => ({
      ...good,
      aud: random.pick<unknown>([
        `${aud}/`,
        instance().publicUrl,
        aud.replace('localhost', '127.0.0.1'),
        aud.toUpperCase(),
        `${aud}?x`,
        [],
        null,
        'https://evil.test/connect/sso',
      ]),
    }),
    () => ({
      ...good,
      org: random.pick<unknown>([
        otherOrg,
        org.toUpperCase(),
        '',
        null,
        [org],
        `${org} `,
        '_deployment',
        '%',
      ]),
    }),
    () => ({
      ...good,
      origin: random.pick(['https://evil.test', `${page}.evil.test`, `${page}/`, 'null', '*']),
    }),
    () => ({ ...good, sub: random.pick<unknown>(['', null, 7, ['a'], 'x'.repeat(5_000), '\u0000']) }),
    () => ({ ...good, jti: random.pick<unknown>(['', 'short', 7, null]) }),
    () => ({ ...good, email: random.pick<unknown>(['', 'ana', 'ana@acme.test\r\nbcc: x@evil.test', null]) }),
  ])()
}

test('a forged, foreign, stale or bent assertion makes no session', async ({ api }) => {
  let fetched = 0
  const evil = createServer((_request, response) => {
    fetched++
    response.setHeader('content-type', 'application/json')
    void jwkOf(stranger.publicKey, 'one').then((jwk) => response.end(JSON.stringify({ keys: [jwk] })))
  })
  await new Promise<void>((ready) => evil.listen(0, '127.0.0.1', ready))
  const address = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/jwks.json`
  const publicJwk = await jwkOf(own.publicKey, 'one')
  const pem = own.publicKey.export({ type: 'spki', format: 'pem' })
  const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
  const strangerJwk = await jwkOf(stranger.publicKey, 'one')
  const hmac = (key: string | Buffer) => (text: string) => createHmac('sha256', key).update(text).digest()
  const tampered = async () => {
    const [head = '', body = '', signature = ''] = (await signed(claims())).split('.')
    const bent = b64({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'admin' })
    return `${head}.${bent}.${signature}`
  }
  const forge = (random: Chance, index: number): Promise<string> | string =>
    each<() => Promise<string> | string>(index, [
      () => byHand({ ...header, alg: random.pick(['none', 'None', 'NONE', 'nOnE', '']) }, claims(), () => ''),
      () => byHand({ typ: header.typ }, claims(), () => ''),
      () =>
        byHand(
          { ...header, alg: 'HS256', kid: random.pick(['one', 'two']) },
          claims(),
          hmac(random.pick([pem, rsaPem, JSON.stringify(publicJwk), '', String(publicJwk.x)])),
        ),
      () =>
        signed(claims(), {
          typ: random.pick(['JWT', 'at+jwt', 'behalf-receipt+jws', 'Behalf-Sso+Jwt2', '']),
        }),
      () => byHand({ alg: 'ES256', kid: 'one' }, claims(), () => randomBytes(64)),
      () => signed(claims(), {}, stranger.privateKey),
      () => signed(claims(), {}, others.privateKey),
      () => signed(claims(otherOrg)),
      () => signed(claims(), { jwk: strangerJwk }, stranger.privateKey),
      () => signed(claims(), { jku: address }, stranger.privateKey),
      () => signed(claims(), { x5u: address, x5c: ['MIIB'] }, stranger.privateKey),
      () =>
        signed(
          claims(),
          { kid: random.pick([address, '../../../dev/null', "' OR 1=1 --", '']) },
          stranger.privateKey,
        ),
      // Extensions that nobody here knows, signed with the right key.
      () => byHand({ ...header, crit: ['x-admin'], 'x-admin': true }, claims(), ownSign),
      () => byHand({ ...header, crit: ['b64'], b64: false }, claims(), ownSign),
      () => byHand({ ...header, typ: undefined }, claims(), ownSign),
      // Psychic signatures (CVE-2022-21449): r and s are zero.
      () => byHand(header, claims(), () => Buffer.alloc(64)),
      () => byHand(header, claims(), () => randomBytes(random.below(200))),
      tampered,
      async () => `${await signed(claims())}.${b64('more')}`,
      async () => (await signed(claims())).split('.').slice(0, 2).join('.'),
      async () => JSON.stringify({ payload: (await signed(claims())).split('.')[1], signatures: [] }),
      () => random.pick(['', '.', '..', '...', 'a.b.c', b64('{'), 'x'.repeat(20_000), '\u0000', 'null']),
    ])()
  try {
    const before = await sessionsMade()
    const refused = async (random: Chance, assertion: string) => {
      const more: Record<string, string> = random.below(3) ? {} : { 'sec-fetch-mode': 'navigate' }
      const answer = await trade(assertion, more)
      if (answer.cookie) return `a cookie for ${assertion}`
      return answer.status === 401 || answer.status === 400
        ? null
        : `${answer.status} for ${assertion}: ${answer.text}`
    }
    await campaign('forged assertion', attempts * 3, async (random, index) =>
      refused(random, await forge(random, index)),
    )
    await campaign('bent assertion', attempts * 3, async (random, index) =>
      refused(random, await signed(bentClaims(random, index)).catch(() => '')),
    )
    expect(await sessionsMade()).toBe(before)
    // The corpus stands on one that is good: nothing else is what all of it is refused for.
    expect((await trade(await signed(claims()))).status).toBe(201)
    expect(await sessionsMade()).toBe(before + 1)
  } finally {
    evil.closeAllConnections()
    await new Promise((closed) => evil.close(closed))
  }
  expect(fetched, 'keys fetched from where a forger says').toBe(0)
  expect((await api.get('/orgs')).status).toBe(200)
})

test('a good assertion from another page, or without saying which, makes no session', async () => {
  const before = await sessionsMade()
  await campaign('assertion from elsewhere', attempts, async (random) => {
    const assertion = await signed(claims())
    const body = new URLSearchParams({ assertion }).toString()
    const host = new URL(instance().publicUrl).host
    const send = (headers: Record<string, string>, form: string, method = 'POST') =>
      sendByLetter({
        path: `/connect/sso${method === 'GET' ? `?${form}` : ''}`,
        method,
        headers: { host, 'content-type': formHeaders['content-type'], ...headers },
        ...(method !== 'GET' && { body: form }),
      })
    const bent = random.pick([
      'https://evil.test',
      'null',
      `${page}/`,
      page.toUpperCase(),
      `${page}:443`,
      'http://app.acme.test',
    ])
    const answer = await random.pick([
      () => send({}, body),
      () => send({ origin: bent }, body),
      () => send({ origin: bent, 'sec-fetch-mode': 'navigate' }, body),
      () => send({ origin: page, 'content-type': 'text/plain' }, body),
      () => send({ origin: page, 'content-type': 'application/json' }, JSON.stringify({ assertion })),
      () => send({ origin: page }, `${body}&${body}`),
      () => send({ origin: page }, body, 'GET'),
      () => send({ origin: page }, body, 'PUT'),
      () => send({ origin: page }, `Assertion=${assertion}`),
    ])()
    return answer.status >= 400 && answer.status < 500 ? null : `answered ${answer.status}`
  })
  expect(await sessionsMade()).toBe(before)
})

test('an assertion is good once, of twenty who send it at once', async () => {
  const before = await sessionsMade()
  const rounds = Math.max(2, Math.ceil(attempts / 5))
  await campaign('assertion replayed', rounds, async (random) => {
    const assertion = await signed(claims(), random.below(2) ? {} : { alg: 'ES256' })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        trade(assertion, random.below(2) ? { 'sec-fetch-mode': 'navigate' } : {}),
      ),
    )
    const late = await trade(assertion)
    const made = [...answers, late].filter(({ status }) => status < 400).length
    const failed = answers.filter(({ status }) => status >= 500).length
    return made === 1 && failed === 0 ? null : `${made} sessions, ${failed} failures`
  })
  expect(await sessionsMade()).toBe(before + rounds)
})

test('no token passes for another: assertion, session, receipt, key', async ({ api }) => {
  const person = createBrowser('ana')
  const user = freshUser()
  const connecting = await invite(api, { org_id: org, user_id: user })
  const code = codeOn(await person.finish(await person.enter(connecting)))
  const { body } = await confirmSession(api, connecting, user, code ?? '')
  const { body: list } = await api.get(`/connected_accounts/${body.connected_account_id}/connections`)
  const [consent] = list.data as { id: string }[]
  const { body: receipt } = await api.get(`/connections/${consent?.id}/receipt?format=json`)
  const jws = ['protected', 'payload', 'signature'].map((part) => String(receipt[part])).join('.')
  expect(jws).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]{86}$/)
  const before = await sessionsMade()
  await campaign('one token for another', attempts, async (random) => {
    const session = await invite(api, { org_id: org, user_id: freshUser() })
    const link = session.hosted_url.split('/').at(-1) ?? ''
    const assertion = await signed(claims())
    const asAssertion = random.pick([
      session.token,
      link,
      jws,
      instance().rootKey,
      person.cookies(),
      session.id,
    ])
    const traded = await trade(asAssertion)
    if (traded.status !== 401) return `taken for an assertion: ${traded.status}`
    const bearer = random.pick([assertion, jws, session.token, link, session.id])
    const path = random.pick([
      '/orgs',
      `/connected_accounts?org_id=${org}`,
      `/connect_sessions/${session.id}`,
      '/api_keys',
    ])
    const called = await fetch(`${instance().publicUrl}/api/v1${path}`, {
      headers: { authorization: `Bearer ${bearer}` },
    })
    await called.body?.cancel()
    if (called.status !== 401) return `${called.status} from ${path}`
    const entering = random.pick([assertion, jws, instance().rootKey, 'Fe26.2*1*x'])
    const entered = await createBrowser('ben').post(`/connect/${session.id}/enter`, { token: entering })
    if (entered.status < 400 || entered.status >= 500) return `entered with ${entered.status}`
    const cookie = `bhf_flow_${session.id.slice(3)}=${random.pick([assertion, session.token, link, jws])}`
    const looked = await createBrowser('ben').raw(`/connect/${session.id}/consent/sandbox`, {
      headers: { cookie },
    })
    return looked.html.includes('/approve"') ? 'a token stood for a cookie' : null
  })
  expect(await sessionsMade()).toBe(before)
})
