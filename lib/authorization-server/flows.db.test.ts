import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { pinOf } from '#lib/scopes'
import { connectors, rotateSigning } from '#runtime'
import { useSuperuser } from '../../scripts/testing/superuser.ts'
import {
  Browser,
  base,
  basic,
  http,
  type OauthRig,
  type Person,
  pkce,
  post,
  redirectUri,
  send,
  startOauth,
} from './testing.ts'

let rig: OauthRig
let ana: Person
let bob: Person
beforeAll(async () => {
  rig = await startOauth()
  ana = await rig.person('acme', 'ana')
  bob = await rig.person('globex', 'bob')
}, 90_000)
afterAll(() => rig.stop())

const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`), {
  cooldownDuration: 0,
  [customFetch]: (url: string, init: RequestInit) => send(url, init),
})
const mcp = `${base}/mcp`
const verified = (token: string, audience = `${base}/api/v1`) =>
  jwtVerify(token, keys, { issuer: `${base}/oauth`, audience, typ: 'at+jwt' })
const origin = { ip: '203.0.113.7', userAgent: 'test', traceId: 'f'.repeat(32) }
const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>
const own = (clientId: string, secret: string, more: Record<string, string> = {}) =>
  post('/oauth/token', { grant_type: 'client_credentials', ...more }, basic(clientId, secret))

describe('an agent with a credential of its own', () => {
  test('gets a token: signed by the deployment, for one resource, for minutes', async () => {
    const { clientId, secret } = await rig.agent('acme')
    const response = await own(clientId, secret)
    const body = await bodyOf(response)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'tools:read tools:write' })
    expect(response.headers.get('cache-control')).toBe('no-store')
    const token = String(body.access_token)
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    const { payload } = await verified(token)
    expect(payload).toMatchObject({
      client_id: clientId,
      sub: clientId,
      agent: clientId,
      org: 'acme',
      team: 'ops',
    })
    expect(payload).toMatchObject({ environment: 'production', permissions: ['tools:read', 'tools:write'] })
    expect(payload.act).toBeUndefined()
    expect(payload.grant_id).toBeUndefined()
  })

  test('is refused with another’s secret, none, its own after it was disabled, and a client that there is not', async () => {
    const { clientId, secret, home, id } = await rig.agent('acme')
    const other = await rig.agent('acme')
    for (const refused of [
      await own(clientId, other.secret),
      await own(clientId, 'proven'),
      await own(`ag_${'0'.repeat(32)}`, secret),
      await post('/oauth/token', { grant_type: 'client_credentials', client_id: clientId }),
    ]) {
      expect([refused.status, (await bodyOf(refused)).error]).toEqual([401, 'invalid_client'])
    }
    expect((await own(clientId, secret)).status).toBe(200)
    await forOrg(home, (tx) =>
      tx.agents.update({
        where: { org_id_id: { org_id: home.orgId, id } },
        data: { disabled_at: new Date() },
      }),
    )
    expect(await bodyOf(await own(clientId, secret))).toMatchObject({ error: 'invalid_client' })
  })

  test('names one of our resources or none; a foreign org’s reads like one that is not there', async () => {
    await rig.org('globex')
    const { clientId, secret } = await rig.agent('acme')
    const at = async (resource: string) => bodyOf(await own(clientId, secret, { resource }))
    expect(decodeJwt(String((await at(`${mcp}/orgs/acme`)).access_token)).aud).toBe(`${mcp}/orgs/acme`)
    expect(decodeJwt(String((await at(mcp)).access_token)).aud).toBe(mcp)
    for (const resource of [
      `${mcp}/orgs/globex`,
      `${mcp}/orgs/nobody`,
      `${mcp}/`,
      `${base}/api/v1/`,
      `${base}/oauth`,
      'https://evil.example/mcp',
      `${mcp}/toolsets/ts_${'0'.repeat(32)}`,
      `${mcp}/orgs/%61cme`,
    ])
      expect([resource, (await at(resource)).error]).toEqual([resource, 'invalid_target'])
  })

  test('asks for scopes that there are: what is more is left out, and nothing but unknown ones is refused', async () => {
    const { clientId, secret } = await rig.agent('acme')
    expect(await bodyOf(await own(clientId, secret, { scope: 'tools:read root' }))).toMatchObject({
      scope: 'tools:read',
    })
    expect(await bodyOf(await own(clientId, secret, { scope: 'root' }))).toMatchObject({
      error: 'invalid_scope',
    })
  })

  test('of the deployment says which org it acts in, and must have been let in there', async () => {
    const { clientId, secret, id, home } = await rig.agent(null)
    const tenant = await rig.org('acme')
    expect(await bodyOf(await own(clientId, secret))).toMatchObject({ error: 'invalid_request' })
    for (const org_id of ['acme', 'nobody'])
      expect(await bodyOf(await own(clientId, secret, { org_id }))).toMatchObject({ error: 'invalid_target' })
    await forOrg(tenant, (tx) =>
      tx.agent_admissions.create({ data: { org_id: tenant.orgId, agent_org_id: home.orgId, agent_id: id } }),
    )
    const body = await bodyOf(await own(clientId, secret, { org_id: 'acme' }))
    expect(decodeJwt(String(body.access_token))).toMatchObject({ org: 'acme', agent: clientId })
    const there = await rig.agent('acme')
    expect(await bodyOf(await own(there.clientId, there.secret, { org_id: 'globex' }))).toMatchObject({
      error: 'invalid_target',
    })
  })

  test('is narrowed by authorization details, which must be of the one type that there is', async () => {
    const { clientId, secret } = await rig.agent('acme')
    const details = [{ type: 'behalf_tool_call', tools: ['sandbox.list_tasks'] }]
    const body = await bodyOf(await own(clientId, secret, { authorization_details: JSON.stringify(details) }))
    expect(body).toMatchObject({ authorization_details: details })
    expect(decodeJwt(String(body.access_token)).authorization_details).toEqual(details)
    for (const bad of ['[{"type":"payment"}]', '[{"type":"behalf_tool_call","sudo":true}]', 'x', '{}'])
      expect(await bodyOf(await own(clientId, secret, { authorization_details: bad }))).toMatchObject({
        error: 'invalid_authorization_details',
      })
  })

  test('asks about its own tokens and takes them back; a stranger’s reads as not active', async () => {
    const { clientId, secret } = await rig.agent('acme')
    const other = await rig.agent('acme')
    const token = String((await bodyOf(await own(clientId, secret))).access_token)
    const about = async (who: { clientId: string; secret: string }, asked = token) =>
      bodyOf(await post('/oauth/introspect', { token: asked }, basic(who.clientId, who.secret)))
    expect(await about({ clientId, secret })).toMatchObject({
      ...{ active: true, client_id: clientId, sub: clientId, org: 'acme', aud: `${base}/api/v1` },
      ...{ scope: 'tools:read tools:write', token_type: 'Bearer', iss: `${base}/oauth` },
    })
    expect(await about(other)).toEqual({ active: false })
    // The id alone, without the signature, is nothing.
    expect(await about({ clientId, secret }, String(decodeJwt(token).jti))).toEqual({ active: false })
    const forged = `${token.slice(0, -8)}AAAAAAAA`
    expect((await about({ clientId, secret }, forged)).active).not.toBe(true)
    const revoked = await post('/oauth/revoke', { token }, basic(clientId, secret))
    expect(revoked.status).toBe(200)
    expect(await about({ clientId, secret })).toEqual({ active: false })
    const { accessTokenRevoked } = await import('#lib/db')
    const { sha256 } = await import('#lib/ids')
    expect(await accessTokenRevoked(sha256(String(decodeJwt(token).jti)))).toBe(true)
    const fresh = String((await bodyOf(await own(clientId, secret))).access_token)
    expect(await accessTokenRevoked(sha256(String(decodeJwt(fresh).jti)))).toBe(false)
  })

  test('gets tokens signed by the new key as soon as keys were rotated', async () => {
    const { clientId, secret } = await rig.agent('acme')
    const before = String((await bodyOf(await own(clientId, secret))).access_token)
    const kid = await rotateSigning({ type: 'system', id: 'test' }, null)
    const after = String((await bodyOf(await own(clientId, secret))).access_token)
    expect(decodeProtectedHeader(after).kid).toBe(kid)
    expect(decodeProtectedHeader(before).kid).not.toBe(kid)
    for (const token of [before, after]) await verified(token)
  })
})

describe('a client that acts for a person', () => {
  test('discovers, registers, asks, and gets tokens that name the person, the client and the consent', async () => {
    const issuer = new URL(`${base}/oauth`)
    const as = await oauth
      .discoveryRequest(issuer, { ...http, algorithm: 'oauth2', [oauth.customFetch]: (url) => send(url) })
      .then((response) => oauth.processDiscoveryResponse(issuer, response))
    const metadata = { client_name: 'Claude', redirect_uris: [redirectUri] }
    const client = await oauth
      .dynamicClientRegistrationRequest(as, metadata, http)
      .then(oauth.processDynamicClientRegistrationResponse)
    const { verifier, challenge } = pkce()
    const state = oauth.generateRandomState()
    const { location, asked, grantId } = await rig.authorize(new Browser(), ana, {
      ...{ client_id: client.client_id, redirect_uri: redirectUri, state, resource: mcp },
      ...{ code_challenge: challenge, code_challenge_method: 'S256' },
    })
    expect(asked).toEqual(['login', 'consent'])
    const params = oauth.validateAuthResponse(as, client, location, state)
    const tokens = await oauth
      .authorizationCodeGrantRequest(as, client, oauth.None(), params, redirectUri, verifier, http)
      .then((response) => oauth.processAuthorizationCodeResponse(as, client, response))
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'tools:read tools:write' })
    expect(tokens.refresh_token).toBeDefined()
    const { payload } = await verified(tokens.access_token, mcp)
    expect(payload).toMatchObject({
      ...{ client_id: client.client_id, org: 'acme', aud: mcp },
      sub: expect.stringMatching(/^usr_/),
      agent: expect.stringMatching(/^ag_/),
      grant_id: `gr_${grantId?.replaceAll('-', '')}`,
    })
    expect(payload.act).toEqual({ sub: payload.agent })
  })

  test('is asked about on its own: consent for one client says nothing of the next, in the same browser', async () => {
    const first = await rig.tokensOf(ana)
    const second = await bodyOf(await rig.register({ client_name: 'Other', redirect_uris: [redirectUri] }))
    const { challenge } = pkce()
    const request = { redirect_uri: redirectUri, code_challenge: challenge, code_challenge_method: 'S256' }
    const again = await rig.authorize(first.browser, ana, { ...request, client_id: first.clientId })
    expect(again.asked).toEqual([])
    expect(again.location.searchParams.get('code')).toBeTruthy()
    const other = await rig.authorize(first.browser, ana, { ...request, client_id: String(second.client_id) })
    expect(other.asked).toEqual(['consent'])
  })

  test('is asked about again for more scopes, another resource, when it says so, and always on the person’s machine', async () => {
    const { browser, clientId } = await rig.tokensOf(ana, { scope: 'tools:read' })
    const { challenge } = pkce()
    const request = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge }
    const ask = async (more: Record<string, string>) =>
      (await rig.authorize(browser, ana, { ...request, code_challenge_method: 'S256', ...more })).asked
    expect(await ask({ scope: 'tools:read' })).toEqual([])
    expect(await ask({ scope: 'tools:read tools:write' })).toEqual(['consent'])
    expect(await ask({ scope: 'tools:read', resource: mcp })).toEqual(['consent'])
    expect(await ask({ scope: 'tools:read', prompt: 'consent' })).toEqual(['consent'])
    expect(await ask({ scope: 'tools:read', prompt: 'login' })).toEqual(['login'])
    expect(await ask({ scope: 'tools:read', max_age: '0' })).toContain('login')
    const local = { client_name: 'CLI', redirect_uris: ['http://127.0.0.1/cb'] }
    const cli = String((await bodyOf(await rig.register(local))).client_id)
    const here = { client_id: cli, redirect_uri: 'http://127.0.0.1:4711/cb', scope: 'tools:read' }
    expect(await ask(here)).toEqual(['consent'])
    expect(await ask(here)).toEqual(['consent'])
  })

  test('is asked about again where a tool that it was let use is another now', async () => {
    const { browser, clientId } = await rig.tokensOf(ana)
    const superuser = await useSuperuser()
    const request = { client_id: clientId, redirect_uri: redirectUri, code_challenge: pkce().challenge }
    const ask = async () =>
      (await rig.authorize(browser, ana, { ...request, code_challenge_method: 'S256' })).asked
    const tool = connectors.sandbox?.tools['sandbox.list_tasks']
    if (!tool) throw new Error('no tool')
    const agreedTo = (pins: object) =>
      superuser.tamper('UPDATE agent_grants SET tools = $2 WHERE client_id = $1', [
        clientId,
        JSON.stringify({ 'an account': pins }),
      ])
    await agreedTo({ [tool.name]: pinOf(tool), 'sandbox.gone': { effect: 'read', hash: '1.x' } })
    expect(await ask()).toEqual([])
    await agreedTo({ [tool.name]: pinOf({ ...tool, description: 'It did less then.' }) })
    expect(await ask()).toEqual(['consent'])
  })

  test('is asked about again where what it was let do was narrower than its scopes', async () => {
    const details = JSON.stringify([
      { type: 'behalf_tool_call', params: { '/project': { equals: 'garden' } } },
    ])
    const { browser, clientId, tokens } = await rig.tokensOf(ana, { authorization_details: details })
    expect(decodeJwt(String(tokens.access_token)).authorization_details).toEqual(JSON.parse(details))
    const request = { client_id: clientId, redirect_uri: redirectUri, code_challenge: pkce().challenge }
    const { asked } = await rig.authorize(browser, ana, { ...request, code_challenge_method: 'S256' })
    expect(asked).toEqual(['consent'])
  })

  test('is told what is missing where the person may not be asked, and that the person refused', async () => {
    const { browser, clientId } = await rig.tokensOf(ana)
    const { challenge } = pkce()
    const request = { redirect_uri: redirectUri, code_challenge: challenge, code_challenge_method: 'S256' }
    const quiet = { ...request, client_id: clientId, prompt: 'none' }
    const told = async (who: Browser, params: Record<string, string>, more = {}) => {
      const { searchParams } = (await rig.authorize(who, ana, params, more)).location
      expect(searchParams.get('iss')).toBe(`${base}/oauth`)
      return searchParams.get('error')
    }
    expect(await told(new Browser(), quiet)).toBe('login_required')
    expect(await told(browser, { ...quiet, resource: mcp })).toBe('consent_required')
    expect(await told(browser, { ...request, client_id: clientId, resource: mcp }, { refuse: true })).toBe(
      'access_denied',
    )
    expect(await told(browser, { ...request, client_id: clientId, scope: 'root' })).toBe('invalid_scope')
    expect(await told(browser, { ...request, client_id: clientId, resource: 'https://evil.example/' })).toBe(
      'invalid_target',
    )
    const plain = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge }
    expect(await told(browser, { ...plain, code_challenge_method: 'plain' })).toBe('invalid_request')
    expect(await told(browser, { client_id: clientId, redirect_uri: redirectUri })).toBe('invalid_request')
  })

  test('never gets an answer where it did not register, and a person of another org signs in again', async () => {
    const { browser, clientId } = await rig.tokensOf(ana)
    const { challenge } = pkce()
    const request = { client_id: clientId, code_challenge: challenge, code_challenge_method: 'S256' }
    for (const redirect_uri of [
      'https://evil.example/callback',
      `${redirectUri}/`,
      `${redirectUri}?a=b`,
      'https://CLIENT.example/callback',
    ]) {
      const url = new URL('/oauth/authorize', base)
      url.search = new URLSearchParams({ response_type: 'code', redirect_uri, ...request }).toString()
      const answer = await browser.get(url.href)
      expect([redirect_uri, answer.status, answer.headers.get('location')]).toEqual([redirect_uri, 400, null])
      expect(await answer.text()).toContain('invalid_redirect_uri')
    }
    const theirs = { ...request, redirect_uri: redirectUri, resource: `${mcp}/orgs/globex` }
    const { location, asked } = await rig.authorize(browser, bob, theirs)
    expect(asked).toEqual(['login', 'consent'])
    expect(location.searchParams.get('code')).toBeTruthy()
    await expect(rig.authorize(new Browser(), ana, theirs)).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('gets no more than the person let it have', async () => {
    const registered = await bodyOf(
      await rig.register({ client_name: 'Notes', redirect_uris: [redirectUri] }),
    )
    const clientId = String(registered.client_id)
    const { verifier, challenge } = pkce()
    const params = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge }
    const { location } = await rig.authorize(
      new Browser(),
      ana,
      { ...params, code_challenge_method: 'S256', scope: 'tools:read tools:write' },
      { scopes: ['tools:read'] },
    )
    const body = await bodyOf(
      await post('/oauth/token', {
        ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri },
        ...{ code: location.searchParams.get('code') ?? '', code_verifier: verifier },
      }),
    )
    expect(body).toMatchObject({ scope: 'tools:read' })
    expect(body.refresh_token).toBeUndefined()
  })
})

describe('a request that was pushed', () => {
  const pushed = async (form: Record<string, string>, headers = {}) => {
    const response = await post('/oauth/par', form, headers)
    return { status: response.status, body: await bodyOf(response) }
  }

  test('is authorized by its name alone, once', async () => {
    const { clientId, secret } = await rig.agent('acme', { redirectUris: [redirectUri] })
    const { verifier, challenge } = pkce()
    const details = JSON.stringify([{ type: 'behalf_tool_call', tools: ['sandbox.list_tasks'] }])
    const { status, body } = await pushed(
      {
        ...{ response_type: 'code', redirect_uri: redirectUri, scope: 'tools:read offline_access' },
        ...{ code_challenge: challenge, code_challenge_method: 'S256', authorization_details: details },
      },
      basic(clientId, secret),
    )
    expect([status, body]).toMatchObject([201, { request_uri: expect.any(String) }])
    const url = new URL('/oauth/authorize', base)
    url.search = new URLSearchParams({
      client_id: clientId,
      request_uri: String(body.request_uri),
    }).toString()
    const browser = new Browser()
    const { location, asked } = await rig.decide(browser, await browser.get(url.href), ana)
    expect(asked).toEqual(['login', 'consent'])
    const form = {
      ...{ grant_type: 'authorization_code', redirect_uri: redirectUri },
      ...{ code: location.searchParams.get('code') ?? '', code_verifier: verifier },
    }
    const tokens = await bodyOf(await post('/oauth/token', form, basic(clientId, secret)))
    expect(tokens.authorization_details).toEqual(JSON.parse(details))
    expect(tokens.refresh_token).toBeDefined()
    expect(decodeJwt(String(tokens.access_token))).toMatchObject({ agent: clientId, client_id: clientId })
    const again = await browser.get(url.href)
    expect(again.headers.get('location')).toMatch(
      /^https:\/\/client\.example\/callback\?error=invalid_request_uri&/,
    )
  })

  test('is refused for a client that does not prove itself, and for what could not be asked either', async () => {
    const { clientId, secret } = await rig.agent('acme', { redirectUris: [redirectUri] })
    const { challenge } = pkce()
    const good = {
      response_type: 'code',
      redirect_uri: redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }
    expect((await pushed(good, basic(clientId, 'wrong'))).body).toMatchObject({ error: 'invalid_client' })
    const as = basic(clientId, secret)
    expect((await pushed({ ...good, resource: 'https://evil.example/' }, as)).body).toMatchObject({
      error: 'invalid_target',
    })
    expect((await pushed({ ...good, redirect_uri: 'https://evil.example/' }, as)).body.error).toMatch(
      /invalid_re/,
    )
    expect((await pushed({ ...good, authorization_details: '[{"type":"x"}]' }, as)).body).toMatchObject({
      error: 'invalid_authorization_details',
    })
    expect((await pushed({ ...good, code_challenge_method: 'plain' }, as)).body).toMatchObject({
      error: 'invalid_request',
    })
  })
})

describe('a device', () => {
  const begin = async () => {
    const registered = await rig.register({
      ...{
        client_name: 'TV',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      },
    })
    const clientId = String((await bodyOf(registered)).client_id)
    const body = await bodyOf(await post('/oauth/device_authorization', { client_id: clientId }))
    const poll = async () =>
      bodyOf(
        await post('/oauth/token', {
          ...{ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: clientId },
          device_code: String(body.device_code),
        }),
      )
    return { clientId, body, poll, userCode: String(body.user_code) }
  }

  test('gets tokens once the person has typed its code and agreed; both codes are good once', async () => {
    const { enterDeviceCode } = await import('./index.ts')
    const { body, poll, userCode } = await begin()
    expect(body).toMatchObject({ verification_uri: `${base}/oauth/device`, expires_in: 600 })
    expect(await poll()).toMatchObject({ error: 'authorization_pending' })
    const browser = new Browser()
    const entered = await enterDeviceCode({ headers: new Headers() }, userCode, origin)
    if (typeof entered === 'string') throw new Error(entered)
    browser.keep(entered)
    const { location, asked } = await rig.decide(browser, entered, ana)
    expect(asked).toEqual(['login', 'consent'])
    expect(location.href).toBe(`${base}/oauth/device?done=yes`)
    const tokens = await poll()
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'tools:read tools:write' })
    expect(tokens.refresh_token).toBeDefined()
    expect(await poll()).toMatchObject({ error: 'invalid_grant' })
    expect(await enterDeviceCode({ headers: new Headers() }, userCode, origin)).toMatch(/used|unknown/)
    expect(await enterDeviceCode({ headers: new Headers() }, 'BBBB-BBBB', origin)).toBe('unknown')
  })

  test('is answered by the browser in which its code was typed, and by no other', async () => {
    const { enterDeviceCode, readInteraction, answerInteraction } = await import('./index.ts')
    const { poll, userCode } = await begin()
    const entered = await enterDeviceCode({ headers: new Headers() }, userCode, origin)
    if (typeof entered === 'string') throw new Error(entered)
    const mine = new Browser()
    mine.keep(entered)
    const page = new URL(entered.headers.get('location') ?? '', base)
    const stranger = new Browser()
    const theirs = await rig.tokensOf(bob)
    for (const carrier of [
      { headers: new Headers() },
      { headers: new Headers({ cookie: theirs.browser.header('/oauth') }) },
    ]) {
      await expect(readInteraction(carrier, page.pathname.split('/').at(-1))).rejects.toMatchObject({
        code: 'session_expired',
      })
      await expect(
        answerInteraction(carrier, { kind: 'signed_in', account: bob.account, authTime: new Date() }),
      ).rejects.toMatchObject({ code: 'session_expired' })
    }
    // The way back is no other browser's either, and entering the code again takes it from nobody.
    const uid = page.pathname.split('/').at(-1)
    const resumed = await stranger.get(`${base}/oauth/device_code/${uid}`)
    expect(resumed.headers.get('location')).toMatch(/error=/)
    expect(await enterDeviceCode({ headers: new Headers() }, userCode, origin)).toBe('used')
    expect(await poll()).toMatchObject({ error: 'authorization_pending' })
    expect((await rig.decide(mine, entered, ana)).location.search).toBe('?done=yes')
    expect(decodeJwt(String((await poll()).access_token)).org).toBe('acme')
  })

  test('is told that the person refused', async () => {
    const { enterDeviceCode } = await import('./index.ts')
    const { poll, userCode } = await begin()
    const entered = await enterDeviceCode({ headers: new Headers() }, userCode, origin)
    if (typeof entered === 'string') throw new Error(entered)
    const browser = new Browser()
    browser.keep(entered)
    const { location } = await rig.decide(browser, entered, ana, { refuse: true })
    expect(location.search).toBe('?error=refused')
    expect(await poll()).toMatchObject({ error: 'access_denied' })
  })
})

test('a body is read no further than it may be long, whatever it says of its length', async () => {
  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(64 * 1024))),
    })
  const types = { '/oauth/token': 'application/x-www-form-urlencoded', '/oauth/register': 'application/json' }
  for (const [path, type] of Object.entries(types)) {
    const init = { method: 'POST', headers: { 'content-type': type }, body: endless(), duplex: 'half' }
    const response = await send(`${base}${path}`, init as RequestInit)
    expect([path, response.status]).toEqual([path, 413])
  }
})
