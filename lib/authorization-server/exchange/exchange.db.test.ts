import { randomBytes } from 'node:crypto'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { createAgentIn, createSsoKeyIn } from '#lib/identity'
import { newId, parseId, publicId, sha256 } from '#lib/ids'
import { issueToken, newHolder } from '../../../scripts/testing/access-tokens.ts'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { base, basic, post } from '../testing.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'
const jwt = 'urn:ietf:params:oauth:token-type:jwt'
const api = `${base}/api/v1`
const issuer = 'https://product.example'

let practice: Practice
let superuser: Superuser
let key: CryptoKey
let otherKey: CryptoKey
let secondKey: CryptoKey
let execute: (request: Request, context: never) => Promise<Response>
type Agent = { id: string; secret: string }
let mira: Agent
let otto: Agent
let third: Agent
let stranger: Agent
let user = ''
let account = ''

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  execute = (await import('../../../app/api/v1/tools/execute/route.ts')).POST as typeof execute
  for (const org of ['acme', 'globex']) await practice.session({ org_id: org, user_id: 'u_1' })
  ;[mira, otto, third, stranger] = [
    await newAgent('acme'),
    await newAgent('acme'),
    await newAgent('acme'),
    await newAgent('globex'),
  ]
  const done = await practice.connectAccount({ org: 'acme', user: 'u_1', agents: [mira.id, otto.id] })
  account = done.connected_account_id ?? ''
  user = await usr('u_1')
  key = await register(issuer, true)
  otherKey = await register('https://pages.example', false)
  secondKey = await register('https://second.example', true)
  await practice.session({ org_id: 'acme', user_id: 'u_2' })
}, 60_000)
afterAll(() => practice.stop())

async function register(name: string, exchange: boolean): Promise<CryptoKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const tenant = await practice.tenant('acme')
  const jwk = { ...(await exportJWK(publicKey)), kty: 'EC' as const }
  const input = { issuer: name, jwks: { keys: [jwk] }, token_exchange: exchange }
  await forOrg(tenant, (tx) => createSsoKeyIn(tx, tenant, input, { type: 'system', id: 'test' }))
  return privateKey
}

async function newAgent(org: string): Promise<Agent> {
  const tenant = await practice.tenant(org)
  const secret = `bhf_as_${randomBytes(32).toString('base64url')}`
  const id = await forOrg(tenant, async (tx) => {
    const made = await createAgentIn(tx, tenant, { name: 'Mira' })
    await tx.agent_credentials.create({
      data: {
        ...{
          org_id: tenant.orgId,
          id: newId(),
          agent_id: parseId('agent', made.id) ?? '',
          kind: 'client_secret',
        },
        ...{ hash: sha256(secret), created_by: { type: 'system', id: 'test' } },
      },
    })
    return made.id
  })
  return { id, secret }
}

async function usr(name: string) {
  const tenant = await practice.tenant('acme')
  const row = await forOrg(tenant, (tx) => tx.end_users.findFirstOrThrow({ where: { external_id: name } }))
  return publicId('end_user', row.id)
}

const now = () => Math.floor(Date.now() / 1000)

/** What the host signs for its user. */
const assertion = (claims: object = {}, header: object = {}, by = key) =>
  new SignJWT({
    iss: issuer,
    aud: `${base}/oauth/token`,
    sub: 'u_1',
    org: 'acme',
    jti: crypto.randomUUID(),
    iat: now(),
    exp: now() + 120,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'behalf-user+jwt', ...header })
    .sign(by)

async function exchange(agent: Agent, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await post(
    '/oauth/token',
    { grant_type: grantType, subject_token_type: accessToken, ...form },
    { ...basic(agent.id, agent.secret), ...headers },
  )
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}
const byAssertion = async (agent: Agent, token: string, more: Record<string, string> = {}) =>
  exchange(agent, { subject_token: token, subject_token_type: jwt, ...more })
/** The error, or `null` for a token. */
const told = async (answer: Promise<{ body: Record<string, string> }>) => (await answer).body.error ?? null

const call = async (token: string, tool = 'sandbox.list_tasks', params: object = {}) => {
  const response = await execute(
    new Request(`${api}/tools/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ connected_account_id: account, tool_name: tool, params }),
    }),
    { params: Promise.resolve({}) } as never,
  )
  return { status: response.status, body: await response.json() }
}

test("a host's word for its user and the agent's own credential make a token that names both", async () => {
  const { status, body } = await byAssertion(mira, await assertion())
  expect(status).toBe(200)
  expect(body).toMatchObject({
    issued_token_type: accessToken,
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'tools:read tools:write',
  })
  expect(decodeJwt(body.access_token ?? '')).toMatchObject({
    iss: `${base}/oauth`,
    aud: api,
    sub: user,
    act: { sub: mira.id },
    org: 'acme',
    agent: mira.id,
    client_id: mira.id,
  })
})

test('exchange, execute, audit: the event names the user, the agent, and every actor in between', async () => {
  const first = await byAssertion(mira, await assertion())
  const second = await exchange(otto, { subject_token: first.body.access_token ?? '' })
  expect(decodeJwt(second.body.access_token ?? '')).toMatchObject({
    sub: user,
    act: { sub: otto.id, act: { sub: mira.id } },
  })
  const ran = await call(second.body.access_token ?? '', 'sandbox.create_task', { title: 'Water the plants' })
  expect(ran.status).toBe(200)
  const [event, before] = await listAudit(await practice.tenant('acme'), {}, null, 2)
  expect(event).toMatchObject({
    action: 'tool.executed',
    outcome: 'allowed',
    actor: { type: 'agent', id: parseId('agent', otto.id) },
    agent_id: otto.id,
    user_id: 'u_1',
    connected_account_id: account,
    details: { execution_id: ran.body.execution_id, actors: [otto.id, mira.id], on_behalf_of: user },
  })
  expect(event?.connection_id).toMatch(/^cn_/)
  expect(event?.scopes_granted).toContain('tasks:write')
  expect(before).toMatchObject({
    action: 'token.exchanged',
    agent_id: otto.id,
    details: { actors: [otto.id, mira.id], on_behalf_of: user },
  })
})

const bad: Record<string, () => Promise<string>> = {
  'of the type that signs people in at the portal': () => assertion({}, { typ: 'behalf-sso+jwt' }),
  'of no type': () => assertion({}, { typ: undefined }),
  'of the type of an access token': () => assertion({}, { typ: 'at+jwt' }),
  'for the portal': () => assertion({ aud: `${base}/connect/sso` }),
  'for the API': () => assertion({ aud: api }),
  'for us and somebody else': () => assertion({ aud: [`${base}/oauth`, 'https://other.example'] }),
  'of an issuer that nobody registered': () => assertion({ iss: 'https://evil.example' }),
  'of an issuer that was registered for pages alone': () =>
    assertion({ iss: 'https://pages.example', sub: 'u_2' }, {}, otherKey),
  'of an issuer that does not speak for this user': () =>
    assertion({ iss: 'https://second.example' }, {}, secondKey),
  "signed with another issuer's key": () => assertion({}, {}, otherKey),
  'for another org': () => assertion({ org: 'globex' }),
  'for an org that is not there': () => assertion({ org: 'nowhere' }),
  'for a user that is not there': () => assertion({ sub: 'u_9' }),
  'whose time is over': () => assertion({ iat: now() - 200, exp: now() - 60 }),
  'that is good for longer than five minutes': () => assertion({ exp: now() + 600 }),
  'from long ago': () => assertion({ iat: now() - 3_600, exp: now() + 60 }),
  'that is not good yet': () => assertion({ nbf: now() + 60 }),
  'without an id': () => assertion({ jti: undefined }),
  'that says who acts': async () => assertion({ act: { sub: mira.id } }),
  'that brings its key along': async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    return assertion({}, { jwk: await exportJWK(publicKey) }, privateKey)
  },
  'that says where its keys are': () => assertion({}, { jku: 'https://evil.example/jwks' }),
  'with no signature': async () => `${(await assertion()).split('.').slice(0, 2).join('.')}.`,
}
test.each(Object.entries(bad))('an assertion %s is refused', async (_, make) => {
  expect(await told(byAssertion(mira, await make()))).toBe('invalid_request')
})

test('an assertion is good once, for whoever comes first of many', async () => {
  const token = await assertion()
  const answers = await Promise.all(Array.from({ length: 8 }, () => told(byAssertion(mira, token))))
  expect(answers.filter((error) => error === null)).toHaveLength(1)
  expect(answers.filter((error) => error === 'invalid_request')).toHaveLength(7)
})

test('an assertion that is exchanged signs nobody in at the portal', async () => {
  const { POST } = (await import('../../../app/(portal)/connect/sso/route.ts')) as {
    POST: (request: Request, context: never) => Promise<Response>
  }
  const response = await POST(
    new Request(`${base}/connect/sso`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        origin: 'https://product.example',
      },
      body: new URLSearchParams({
        assertion: await assertion({
          ...{ aud: `${base}/connect/sso`, origin: 'https://product.example' },
          ...{ auth_time: now(), email: 'ana@acme.test' },
        }),
      }).toString(),
    }),
    { params: Promise.resolve({}) } as never,
  )
  expect(response.status).toBe(401)
})

describe('a token that is exchanged', () => {
  const issued = (more: object = {}) => issueToken({ org: 'acme', agent: mira.id, user, ...more })

  test.each<[string, () => Promise<string>]>([
    ['for another resource than ours', () => issued({ aud: 'https://other.example' })],
    ['of another issuer', () => issued({ iss: 'https://evil.example' })],
    ['whose time is over', () => issued({ exp: now() - 60 })],
    ['of an org that its agent is not in', () => issued({ org: 'globex' })],
    ['with a forged actor', () => issued({ act: { sub: otto.id, act: { sub: mira.id } } })],
    ['of a user that is not there', () => issued({ user: publicId('end_user', newId()) })],
    [
      'that is bound to a key that is not proven',
      async () => issued({ cnf: { jkt: (await newHolder()).jkt } }),
    ],
    ['that is a secret key', async () => practice.secretKey],
    ['that is an assertion', () => assertion()],
  ])('is refused where it is one %s', async (_, make) => {
    expect(await told(exchange(otto, { subject_token: await make() }))).toBe('invalid_request')
  })

  test('is refused once its agent is disabled', async () => {
    const gone = await newAgent('acme')
    const token = await issued({ agent: gone.id, act: { sub: gone.id } })
    expect(await told(exchange(otto, { subject_token: token }))).toBeNull()
    await superuser.sql('UPDATE agents SET disabled_at = now() WHERE id = $1', [parseId('agent', gone.id)])
    expect(await told(exchange(otto, { subject_token: token }))).toBe('invalid_request')
  })

  test("is refused to another org's agent as one that is not there", async () => {
    const { body } = await exchange(stranger, { subject_token: await issued() })
    const { body: none } = await exchange(stranger, { subject_token: 'eyJ.eyJ.AA' })
    expect(body).toEqual(none)
    expect(await told(byAssertion(stranger, await assertion()))).toBe('invalid_request')
  })

  test('is passed on so often and no more, and never in a circle', async () => {
    const one = (await byAssertion(mira, await assertion())).body.access_token ?? ''
    const two = (await exchange(otto, { subject_token: one })).body.access_token ?? ''
    const three = (await exchange(third, { subject_token: two })).body.access_token ?? ''
    expect(decodeJwt(three).act).toEqual({ sub: third.id, act: { sub: otto.id, act: { sub: mira.id } } })
    const fourth = await newAgent('acme')
    expect(await told(exchange(fourth, { subject_token: three }))).toBe('invalid_request')
    expect(await told(exchange(mira, { subject_token: two }))).toBe('invalid_request')
    // Its own token is narrowed, and takes no step further.
    const again = (await exchange(otto, { subject_token: two, scope: 'tools:read' })).body
    expect(decodeJwt(again.access_token ?? '')).toMatchObject({
      act: { sub: otto.id, act: { sub: mira.id } },
      scope: 'tools:read',
    })
  })

  test("may be an agent's own: then that agent stays its subject", async () => {
    const own = await issueToken({ org: 'acme', agent: mira.id })
    const { body } = await exchange(otto, { subject_token: own })
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({ sub: mira.id, act: { sub: otto.id } })
    expect((await call(body.access_token ?? '')).status).toBe(200)
    const [event] = await listAudit(await practice.tenant('acme'), {}, null, 1)
    expect(event?.details).toMatchObject({ actors: [otto.id, mira.id] })
  })

  test('ends no later than what it was made of', async () => {
    const { body } = await exchange(otto, { subject_token: await issued({ exp: now() + 60 }) })
    expect(Number(body.expires_in)).toBeLessThanOrEqual(60)
  })

  test('says itself who alone may act', async () => {
    const token = await issued({ may_act: { sub: third.id } })
    expect(await told(exchange(otto, { subject_token: token }))).toBe('invalid_request')
    expect(await told(exchange(third, { subject_token: token }))).toBeNull()
    const word = () => assertion({ may_act: { sub: third.id } })
    expect(await told(byAssertion(otto, await word()))).toBe('invalid_request')
    expect(await told(byAssertion(third, await word()))).toBeNull()
  })

  test('that is bound to a key is exchanged by whoever holds it, and what comes of it is bound too', async () => {
    const holder = await newHolder()
    const token = await issued({ cnf: { jkt: holder.jkt } })
    const at = { method: 'POST', url: `${base}/oauth/token` }
    const proof = await holder.prove(token, at)
    const { body } = await exchange(mira, { subject_token: token }, { dpop: proof })
    expect(body.token_type).toBe('DPoP')
    expect(decodeJwt(body.access_token ?? '').cnf).toEqual({ jkt: holder.jkt })
    expect(await told(exchange(mira, { subject_token: token }, { dpop: proof }))).toBe('invalid_dpop_proof')
    const another = await (await newHolder()).prove(token, at)
    expect(await told(exchange(mira, { subject_token: token }, { dpop: another }))).toBe('invalid_request')
  })

  test('carries the consent that it stands on along', async () => {
    const tenant = await practice.tenant('acme')
    const id = newId()
    await forOrg(tenant, (tx) =>
      tx.agent_grants.create({
        data: {
          ...{
            org_id: tenant.orgId,
            id,
            agent_org_id: tenant.orgId,
            agent_id: parseId('agent', mira.id) ?? '',
          },
          ...{ user_id: parseId('end_user', user) ?? '', client_id: mira.id, oauth_grant_id: 'og' },
          ...{ resource: api, evidence: {} },
        },
      }),
    )
    const grant_id = publicId('agent_grant', id)
    const { body } = await exchange(otto, { subject_token: await issued({ grant_id }) })
    expect(decodeJwt(body.access_token ?? '').grant_id).toBe(grant_id)
    await superuser.sql(`UPDATE agent_grants SET revoked_at = now(), revoked_by = '{}' WHERE id = $1`, [id])
    expect(await told(exchange(otto, { subject_token: await issued({ grant_id }) }))).toBe('invalid_request')
  })
})

describe('whatever is wider than what was handed in is refused, however it is combined with the rest', () => {
  const detail = (tools: string[]) => ({ type: 'behalf_tool_call', tools })
  const most = [detail(['sandbox.list_tasks', 'sandbox.create_task'])]
  const resources: Record<string, [string | undefined, string | null]> = {
    'the same resource': [`${base}/mcp`, null],
    'none named': [undefined, null],
    'a narrower resource': [`${base}/mcp/orgs/acme`, null],
    'a wider resource': [api, 'invalid_target'],
    "another org's resource": [`${base}/mcp/orgs/globex`, 'invalid_target'],
    'a resource that is not ours': ['https://other.example/mcp', 'invalid_target'],
  }
  const scopes: Record<string, [string | undefined, string | null]> = {
    'the same scopes': ['tools:read accounts:read', null],
    'no scopes named': [undefined, null],
    'fewer scopes': ['tools:read', null],
    'another scope': ['tools:read tools:write', 'invalid_scope'],
    'a refresh token': ['tools:read offline_access', 'invalid_scope'],
    'a scope that is not there': ['admin', 'invalid_scope'],
  }
  const details: Record<string, [object[] | undefined, string | null]> = {
    'no details named': [undefined, null],
    'narrower details': [[{ ...detail(['sandbox.list_tasks']), expires_at: '2030-01-01T00:00:00Z' }], null],
    'wider details': [[detail(['sandbox.*'])], 'invalid_authorization_details'],
    'details without tools': [[{ type: 'behalf_tool_call' }], 'invalid_authorization_details'],
  }
  const rows = Object.entries(resources).flatMap(([resource, [uri, target]]) =>
    Object.entries(scopes).flatMap(([scope, [words, unscoped]]) =>
      Object.entries(details).map(([narrowed, [list, beyond]]) => ({
        name: [resource, scope, narrowed].join(', '),
        form: {
          ...(uri !== undefined && { resource: uri }),
          ...(words !== undefined && { scope: words }),
          ...(list && { authorization_details: JSON.stringify(list) }),
        },
        // Details without a resource are about the usual one (RFC 9396 §6 with RFC 8707).
        expected: target ?? (list && uri === undefined ? 'invalid_target' : (unscoped ?? beyond)),
      })),
    ),
  )

  test(`in all ${rows.length} combinations of resource, scopes and details`, async () => {
    const subject_token = await issueToken({
      ...{ org: 'acme', agent: mira.id, user, resource: `${base}/mcp` },
      scope: 'tools:read accounts:read',
      authorization_details: most,
    })
    const answers: string[] = []
    for (const { name, form } of rows) {
      const { body } = await exchange(otto, { subject_token, ...(form as Record<string, string>) })
      answers.push(`${name}: ${body.error ?? null}`)
      if (!body.access_token) continue
      const claims = decodeJwt(body.access_token) as {
        scope: string
        authorization_details: { tools: string[] }[]
      }
      expect(['tools:read', 'accounts:read']).toEqual(expect.arrayContaining(claims.scope.split(' ')))
      for (const { tools } of claims.authorization_details)
        expect(most[0]?.tools).toEqual(expect.arrayContaining(tools))
    }
    expect(answers).toEqual(rows.map(({ name, expected }) => `${name}: ${expected}`))
  }, 60_000)

  test('by an assertion too', async () => {
    const word = () => assertion({ scope: 'tools:read', authorization_details: most })
    const { body } = await byAssertion(mira, await word())
    expect(body.scope).toBe('tools:read')
    expect(decodeJwt(body.access_token ?? '').authorization_details).toEqual(most)
    expect(await told(byAssertion(mira, await word(), { scope: 'tools:write' }))).toBe('invalid_scope')
    const wider = JSON.stringify([detail(['sandbox.*'])])
    expect(await told(byAssertion(mira, await word(), { authorization_details: wider }))).toBe(
      'invalid_authorization_details',
    )
    expect(await told(byAssertion(mira, await assertion(), { resource: 'https://other.example' }))).toBe(
      'invalid_target',
    )
    expect(await told(byAssertion(mira, await assertion(), { audience: 'https://other.example' }))).toBe(
      'invalid_target',
    )
  })
})

test("an actor's token is the client's own, or none", async () => {
  const own = await issueToken({ org: 'acme', agent: mira.id })
  const others = await issueToken({ org: 'acme', agent: otto.id })
  const acted = await issueToken({ org: 'acme', agent: mira.id, user })
  const with_ = async (
    actor_token: string,
    more: Record<string, string> = { actor_token_type: accessToken },
  ) => told(byAssertion(mira, await assertion(), { actor_token, ...more }))
  expect(await with_(own)).toBeNull()
  for (const token of [others, acted, 'forged']) expect(await with_(token)).toBe('invalid_request')
  expect(await with_(own, {})).toBe('invalid_request')
  expect(await with_(own, { actor_token_type: jwt })).toBe('invalid_request')
})

test('nothing is exchanged without a client that has proven itself, or for another type of token', async () => {
  const wrong = { id: mira.id, secret: otto.secret }
  expect(await told(byAssertion(wrong, await assertion()))).toBe('invalid_client')
  const more = { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }
  expect(await told(byAssertion(mira, await assertion(), more))).toBe('invalid_request')
  expect(await told(exchange(mira, {}))).toBe('invalid_request')
})
