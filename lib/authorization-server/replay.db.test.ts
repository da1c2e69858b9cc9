import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessTokenRevoked, forOrg } from '#lib/db'
import { sha256 } from '#lib/ids'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import {
  type Answered,
  Browser,
  base,
  basic,
  type OauthRig,
  type Person,
  pkce,
  post,
  redirectUri,
  startOauth,
  startTokenProcess,
} from './testing.ts'

let rig: OauthRig
let ana: Person
let superuser: Superuser
let elsewhere: Awaited<ReturnType<typeof startTokenProcess>>
beforeAll(async () => {
  superuser = await useSuperuser()
  rig = await startOauth()
  ana = await rig.person('acme', 'ana')
  elsewhere = await startTokenProcess()
}, 90_000)
afterAll(async () => {
  elsewhere.stop()
  await rig.stop()
})

const ask = async (form: Record<string, string>, headers = {}): Promise<Answered> => {
  const response = await post('/oauth/token', form, headers)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const refreshOf = (clientId: string, token: unknown) => ({
  ...{ grant_type: 'refresh_token', client_id: clientId, refresh_token: String(token) },
})
const revoked = (token: unknown) => accessTokenRevoked(sha256(String(decodeJwt(String(token)).jti)))
/** As if it had been used so many seconds ago. */
const longAgo = (token: unknown, seconds: number) =>
  superuser.tamper(
    `UPDATE oauth_records SET consumed_at = consumed_at - make_interval(secs => $2) WHERE id = $1`,
    [Buffer.from(sha256(String(token))), seconds],
  )

describe('a code', () => {
  test('is good for who asked for it, with the verifier and where it was sent, and for nobody and nowhere else', async () => {
    const begin = async () => {
      const { clientId, browser } = await rig.tokensOf(ana)
      const { verifier, challenge } = pkce()
      const params = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge }
      const { location } = await rig.authorize(browser, ana, { ...params, code_challenge_method: 'S256' })
      const code = location.searchParams.get('code') ?? ''
      return {
        grant_type: 'authorization_code',
        client_id: clientId,
        redirect_uri: redirectUri,
        code,
        code_verifier: verifier,
      }
    }
    const stranger = (await rig.tokensOf(ana)).clientId
    const wrong: Record<string, string>[] = [
      { code_verifier: pkce().verifier },
      { redirect_uri: `${redirectUri}/` },
      { redirect_uri: 'https://evil.example/callback' },
      { client_id: stranger },
      { code: 'made-up' },
    ]
    for (const change of wrong) {
      const form = await begin()
      expect([change, (await ask({ ...form, ...change })).body.error]).toEqual([change, 'invalid_grant'])
    }
    const { code_verifier: _, ...bare } = await begin()
    expect((await ask(bare)).body.error).toBe('invalid_grant')
    expect((await ask(await begin())).status).toBe(200)
  })

  test('that comes again ends everything that was given for it', async () => {
    const { form, verifier, tokens, clientId } = await rig.tokensOf(ana)
    expect(await revoked(tokens.access_token)).toBe(false)
    expect((await ask({ ...form, code_verifier: verifier })).body.error).toBe('invalid_grant')
    expect(await revoked(tokens.access_token)).toBe(true)
    expect((await ask(refreshOf(clientId, tokens.refresh_token))).body.error).toBe('invalid_grant')
  })

  test('that comes many times at once, to two processes, is redeemed once at most', async () => {
    const { clientId, browser } = await rig.tokensOf(ana)
    const { verifier, challenge } = pkce()
    const params = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge }
    const { location } = await rig.authorize(browser, ana, { ...params, code_challenge_method: 'S256' })
    const code = location.searchParams.get('code') ?? ''
    const form = {
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
    }
    const [here, there] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => ask(form))),
      elsewhere.token(form, 10),
    ])
    const all = [...here, ...there]
    const good = all.filter(({ status }) => status === 200)
    expect(good.length).toBeLessThanOrEqual(1)
    expect(all.filter(({ body }) => body.error === 'invalid_grant').length).toBe(20 - good.length)
    // And as it was replayed, what it brought is worth nothing.
    for (const { body } of good)
      expect((await ask(refreshOf(clientId, body.refresh_token))).body.error).toBe('invalid_grant')
  })
})

describe('a refresh token', () => {
  test('is replaced when it is used, and its successor carries on', async () => {
    const { clientId, tokens } = await rig.tokensOf(ana)
    let last = String(tokens.refresh_token)
    for (let turn = 0; turn < 3; turn++) {
      const { status, body } = await ask(refreshOf(clientId, last))
      expect(status).toBe(200)
      expect(body.refresh_token).not.toBe(last)
      last = String(body.refresh_token)
    }
  })

  test('that is used twenty times at once, in two processes, gives one successor that works', async () => {
    const { clientId, tokens } = await rig.tokensOf(ana)
    const form = refreshOf(clientId, tokens.refresh_token)
    const [here, there] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => ask(form))),
      elsewhere.token(form, 10),
    ])
    const all = [...here, ...there]
    expect(all.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(new Set(all.map(({ body }) => body.refresh_token)).size).toBe(1)
    const next = await ask(refreshOf(clientId, all[0]?.body.refresh_token))
    expect(next.status).toBe(200)
  })

  test('is honoured again for as long as its successor was not used, at most thirty seconds', async () => {
    const { clientId, tokens } = await rig.tokensOf(ana)
    const first = await ask(refreshOf(clientId, tokens.refresh_token))
    await longAgo(tokens.refresh_token, 25)
    const again = await ask(refreshOf(clientId, tokens.refresh_token))
    expect(again.body.refresh_token).toBe(first.body.refresh_token)
    await longAgo(tokens.refresh_token, 6)
    expect((await ask(refreshOf(clientId, tokens.refresh_token))).body.error).toBe('invalid_grant')
  })

  test('that comes back after its successor was used, or too late, ends the family and its access tokens', async () => {
    for (const replay of ['used', 'late'] as const) {
      const { clientId, tokens } = await rig.tokensOf(ana)
      const second = await ask(refreshOf(clientId, tokens.refresh_token))
      const third = replay === 'used' ? await ask(refreshOf(clientId, second.body.refresh_token)) : second
      if (replay === 'late') await longAgo(tokens.refresh_token, 31)
      expect((await ask(refreshOf(clientId, tokens.refresh_token))).body.error).toBe('invalid_grant')
      expect((await ask(refreshOf(clientId, third.body.refresh_token))).body.error).toBe('invalid_grant')
      for (const token of [tokens.access_token, second.body.access_token, third.body.access_token])
        expect(await revoked(token)).toBe(true)
    }
  })

  test('is nobody else’s, and asks for no more than it was given for', async () => {
    const { clientId, tokens } = await rig.tokensOf(ana, { scope: 'tools:read offline_access' })
    const stranger = await rig.tokensOf(ana)
    expect((await ask(refreshOf(stranger.clientId, tokens.refresh_token))).body.error).toBe('invalid_grant')
    const form = refreshOf(clientId, tokens.refresh_token)
    expect((await ask({ ...form, scope: 'tools:read tools:write' })).body.error).toBe('invalid_scope')
    expect((await ask({ ...form, resource: `${base}/mcp` })).body.error).toBe('invalid_target')
    expect((await ask({ ...form, scope: 'tools:read' })).status).toBe(200)
  })

  test('that its client revoked takes its access token along', async () => {
    const { clientId, tokens } = await rig.tokensOf(ana)
    const token = String(tokens.refresh_token)
    expect((await post('/oauth/revoke', { client_id: clientId, token })).status).toBe(200)
    expect((await ask(refreshOf(clientId, token))).body.error).toBe('invalid_grant')
    expect(await revoked(tokens.access_token)).toBe(true)
  })
})

describe('what a person let a client do ends at once', () => {
  const at = (orgId: string, id: string) => ({ org_id_id: { org_id: orgId, id } })
  const ways: Record<string, (facts: { grantId: string; clientId: string }) => Promise<unknown>> = {
    'with the consent': ({ grantId }) =>
      forOrg(ana.tenant, (tx) =>
        tx.agent_grants.update({
          where: at(ana.tenant.orgId, grantId),
          data: { revoked_at: new Date(), revoked_by: { type: 'end_user', id: 'ana' } },
        }),
      ),
    'with the time it was given for': ({ grantId }) =>
      superuser.tamper(`UPDATE agent_grants SET expires_at = now() - interval '1 second' WHERE id = $1`, [
        grantId,
      ]),
    'with the client that an admin blocks': ({ clientId }) =>
      forOrg(ana.tenant, (tx) =>
        tx.agents.updateMany({ where: { client_id: clientId }, data: { disabled_at: new Date() } }),
      ),
  }
  test.each(Object.keys(ways))('%s', async (way) => {
    const { clientId, tokens, grantId, browser } = await rig.tokensOf(ana)
    const { verifier, challenge } = pkce()
    const params = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge }
    const { location } = await rig.authorize(browser, ana, { ...params, code_challenge_method: 'S256' })
    await ways[way]?.({ grantId, clientId })
    expect((await ask(refreshOf(clientId, tokens.refresh_token))).body.error).toBe('invalid_grant')
    const code = location.searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri, code }
    expect((await ask({ ...form, code_verifier: verifier })).body.error).toBe('invalid_grant')
  })

  test('with the person, whom nobody signs in as any more', async () => {
    const cid = await rig.person('acme', 'cid')
    const { clientId, tokens, browser } = await rig.tokensOf(cid)
    await forOrg(cid.tenant, (tx) =>
      tx.end_users.update({
        where: at(cid.tenant.orgId, cid.account.userId),
        data: { deactivated_at: new Date() },
      }),
    )
    expect((await ask(refreshOf(clientId, tokens.refresh_token))).body.error).toBe('invalid_grant')
    const params = { client_id: clientId, redirect_uri: redirectUri, code_challenge: pkce().challenge }
    const { location } = await rig.authorize(browser, ana, {
      ...params,
      code_challenge_method: 'S256',
      prompt: 'none',
    })
    expect(location.searchParams.get('error')).toBe('login_required')
  })
})

describe('a proof of possession', () => {
  const proofOf = async (more: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const claims = {
      htm: 'POST',
      htu: `${base}/oauth/token`,
      jti: crypto.randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      ...more,
    }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header } as never)
      .sign(privateKey)
  }

  test('binds the token, and is good once over all processes', async () => {
    const { clientId, secret } = await rig.agent('acme')
    const form = { grant_type: 'client_credentials' }
    const headers = { ...basic(clientId, secret), dpop: await proofOf() }
    const [first, ...others] = await Promise.all([
      ...(await Promise.all([elsewhere.token(form, 5, headers)])).flat(),
      ...Array.from({ length: 5 }, () => ask(form, headers)),
    ])
    const all = [first, ...others].filter((one) => one !== undefined)
    const good = all.filter(({ status }) => status === 200)
    expect(good).toHaveLength(1)
    expect(good[0]?.body.token_type).toBe('DPoP')
    expect(decodeJwt(String(good[0]?.body.access_token)).cnf).toEqual({ jkt: expect.any(String) })
    expect(
      all.filter(({ body }) => body.error === 'invalid_grant' || body.error === 'invalid_dpop_proof'),
    ).toHaveLength(9)
  })

  test('is refused for another address, method or time, of another type, or with a private key in it', async () => {
    const { clientId, secret } = await rig.agent('acme')
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const bad = [
      await proofOf({ htu: `${base}/oauth/introspect` }),
      await proofOf({ htu: 'https://evil.example/oauth/token' }),
      await proofOf({ htm: 'GET' }),
      await proofOf({ jti: undefined }),
      await proofOf({}, { typ: 'JWT' }),
      await proofOf({}, { jwk: await exportJWK(privateKey) }),
      `${(await proofOf()).slice(0, -6)}AAAAAA`,
      'none',
    ]
    for (const dpop of bad) {
      const { status, body } = await ask(
        { grant_type: 'client_credentials' },
        { ...basic(clientId, secret), dpop },
      )
      expect([dpop, status, body.error]).toEqual([dpop, 400, 'invalid_dpop_proof'])
    }
    const old = await proofOf({ iat: Math.floor(Date.now() / 1000) - 3_600 })
    const response = await post(
      '/oauth/token',
      { grant_type: 'client_credentials' },
      { ...basic(clientId, secret), dpop: old },
    )
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
      400,
      'use_dpop_nonce',
    ])
    // With the nonce that came along it is good, however the clocks differ.
    const nonce = response.headers.get('dpop-nonce') ?? ''
    const dpop = await proofOf({ iat: Math.floor(Date.now() / 1000) - 3_600, nonce })
    expect(
      (await ask({ grant_type: 'client_credentials' }, { ...basic(clientId, secret), dpop })).status,
    ).toBe(200)
  })
})

test('a token that was taken back is refused at our resources within a second', async () => {
  const { authenticateAccessToken } = await import('#lib/identity')
  const { form, verifier, tokens } = await rig.tokensOf(ana)
  const resource = `${base}/api/v1`
  const use = () =>
    authenticateAccessToken({
      headers: new Headers({ authorization: `Bearer ${tokens.access_token}` }),
      ...{ method: 'GET', url: `${resource}/tools`, resource, scopes: ['tools:read'] as const },
    })
  expect(await use()).toMatchObject({
    kind: 'agent',
    userId: ana.account.userId,
    permissions: ['tools:read', 'tools:write'],
  })
  expect((await ask({ ...form, code_verifier: verifier })).body.error).toBe('invalid_grant')
  await expect
    .poll(
      () =>
        use().then(
          () => 'good',
          (error) => error.code,
        ),
      { timeout: 1_000 },
    )
    .toBe('unauthenticated')
})

test('a replay is written down in the person’s org', async () => {
  const { form, verifier } = await rig.tokensOf(ana)
  await ask({ ...form, code_verifier: verifier })
  await expect
    .poll(() =>
      superuser.sql(
        `SELECT details->>'grant_type' AS what FROM audit_events WHERE action = 'oauth_tokens.replayed'`,
      ),
    )
    .toContainEqual({ what: 'authorization_code' })
})

test('what is kept goes when its time is over', async () => {
  const { sweepRecords } = await import('./index.ts')
  const { tokens } = await rig.tokensOf(ana)
  const id = Buffer.from(sha256(String(tokens.refresh_token)))
  const there = async () => (await superuser.sql('SELECT 1 FROM oauth_records WHERE id = $1', [id])).length
  await sweepRecords()
  expect(await there()).toBe(1)
  await superuser.tamper(
    `UPDATE oauth_records SET expires_at = now() - interval '61 seconds' WHERE id = $1`,
    [id],
  )
  expect(await sweepRecords()).toBeGreaterThan(0)
  expect(await there()).toBe(0)
})

test('however much is over goes in one sweep: a flood leaves nothing for the next', async () => {
  const { sweepRecords } = await import('./index.ts')
  await superuser.tamper(
    `INSERT INTO oauth_records (org_id, model, id, payload, expires_at)
     SELECT org_id, 'Flood', sha256(n::text::bytea), '{}', now() - interval '1 hour'
     FROM (SELECT org_id FROM oauth_records LIMIT 1) o, generate_series(1, 12000) n`,
  )
  await superuser.tamper(
    `INSERT INTO credential_tries (org_id, subject, tries, started_at)
     SELECT org_id, 'oauth/' || days, 1, now() - make_interval(days => days, secs => 9)
     FROM (SELECT org_id FROM oauth_records LIMIT 1) o, generate_series(0, 1) days`,
  )
  expect(await sweepRecords()).toBeGreaterThanOrEqual(12_000)
  expect(await superuser.sql(`SELECT 1 FROM oauth_records WHERE model = 'Flood'`)).toHaveLength(0)
  const counts = await superuser.sql(
    `SELECT subject FROM credential_tries WHERE subject IN ('oauth/0', 'oauth/1')`,
  )
  expect(counts).toEqual([{ subject: 'oauth/0' }])
})

test('nothing that a holder presents stands in the database', async () => {
  const { clientId, tokens, code, browser } = await rig.tokensOf(ana)
  const confidential = await rig.register({
    ...{
      client_name: 'Server',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  })
  const made = (await confidential.json()) as Record<string, string>
  const device = (await (
    await post('/oauth/device_authorization', { client_id: clientId })
  ).json()) as Record<string, string>
  const url = new URL('/oauth/authorize', base)
  const params = {
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: pkce().challenge,
    prompt: 'consent',
  }
  url.search = new URLSearchParams({
    response_type: 'code',
    ...params,
    code_challenge_method: 'S256',
  }).toString()
  const asked = await browser.get(url.href)
  const secrets = [
    tokens.access_token,
    tokens.refresh_token,
    code,
    made.client_secret,
    made.registration_access_token,
    device.device_code,
    device.user_code,
    device.user_code?.replace('-', ''),
    asked.headers.get('location')?.split('/').at(-1),
    ...[...browser.cookies.values()].map(({ value }) => value),
  ].filter((secret): secret is string => typeof secret === 'string' && secret.length > 6)
  expect(secrets.length).toBeGreaterThan(9)
  const dump = JSON.stringify(await superuser.sql('SELECT * FROM oauth_records'))
  for (const secret of secrets) expect(dump.includes(secret)).toBe(false)
  expect(new Browser().cookies.size).toBe(0)
})
