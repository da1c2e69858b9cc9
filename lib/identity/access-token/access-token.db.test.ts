import { createHash, createHmac } from 'node:crypto'
import { base64url, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { rotateSigningKey, signer } from '#lib/signing'
import {
  type Asked,
  claimsFor,
  issueToken,
  newHolder,
  signClaims,
} from '../../../scripts/testing/access-tokens.ts'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { authenticateAccessToken, createAgentIn, disableAgentIn } from '../index.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let agent = ''
let other = ''
let user = ''
const url = () => `${config().publicUrl}/api/v1/tools`
const resource = () => `${config().publicUrl}/api/v1`

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  await practice.session({ org_id: 'acme', user_id: 'u_1' })
  tenant = await practice.tenant('acme')
  agent = await newAgent()
  other = await newAgent()
  const row = await forOrg(tenant, (tx) => tx.end_users.findFirstOrThrow({ where: { external_id: 'u_1' } }))
  user = publicId('end_user', row.id)
})
afterAll(() => practice.stop())

const newAgent = async () => (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))).id
const asked = (more: Partial<Asked> = {}): Asked => ({ org: 'acme', agent, ...more })

const present = (
  token: string,
  more: Partial<Parameters<typeof authenticateAccessToken>[0]> & { scheme?: string; proof?: string } = {},
) => {
  const { scheme = 'Bearer', proof, ...rest } = more
  const headers = new Headers({ authorization: `${scheme} ${token}`, ...(proof && { dpop: proof }) })
  return authenticateAccessToken({
    headers,
    method: 'GET',
    url: url(),
    resource: resource(),
    scopes: ['tools:read'],
    ...rest,
  })
}

/** What a refused request is told: the code, and the error in its challenge. */
const refusal = async (answering: Promise<unknown>) => {
  const error = await answering.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw new Error('not refused', { cause: error })
  return `${error.code} ${/error="(\w+)"/.exec(error.headers['www-authenticate'] ?? '')?.[1]}`
}
const invalid = 'unauthenticated invalid_token'

test('a good token says which agent calls, for whom, with what, and through whom', async () => {
  const act = { sub: agent, act: { sub: other } }
  const details = [{ type: 'behalf_tool_call', tools: ['sandbox.*'] }]
  const caller = await present(await issueToken(asked({ user, act, authorization_details: details })))
  expect(caller).toMatchObject({
    kind: 'agent',
    agentId: parseId('agent', agent),
    agentOrgId: tenant.orgId,
    userId: parseId('end_user', user),
    via: [{ agentId: parseId('agent', other) }],
    permissions: ['tools:read', 'tools:write', 'accounts:read', 'executions:read'],
    grantId: null,
    authorizationDetails: details,
  })
  expect(caller.reach.externalId).toBe('acme')
})

/** Every row differs from a good token in one thing. */
const forged: Record<string, () => Promise<string>> = {
  'no signature at all': async () => unsigned({ alg: 'none', typ: 'at+jwt' }),
  'our public key as a shared secret': async () => {
    const { jwk, kid } = await signer()
    const text = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claimsFor(asked()))}`
    return `${text}.${createHmac('sha256', JSON.stringify(jwk)).update(text).digest('base64url')}`
  },
  'another key under our name': async () => signed({ kid: (await signer()).kid }),
  'another key under its own name': async () => signed({ kid: 'x'.repeat(43) }),
  'another key without a name': async () => signed({}),
  'another key that it brings along': async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    return signed({ jwk: await exportJWK(publicKey) }, privateKey)
  },
  'an address of its keys': async () =>
    signed({ jku: 'https://evil.example/jwks', kid: (await signer()).kid }),
  'our signature with an address of keys': async () =>
    (await signer()).sign('at+jwt', bytes(claimsFor(asked())), { jku: 'https://evil.example/jwks' }),
  'our signature with a chain of certificates': async () =>
    (await signer()).sign('at+jwt', bytes(claimsFor(asked())), { x5c: 'MIIB' }),
  'the type of a receipt': () => signClaims(claimsFor(asked()), 'receipt+jwt'),
  'the type of any JWT': () => signClaims(claimsFor(asked()), 'JWT'),
  'the type of a sign-in at a host': () => signClaims(claimsFor(asked()), 'behalf-sso+jwt'),
  'another issuer': () => issueToken(asked({ iss: 'https://evil.example/oauth' })),
  'our origin as its issuer': () => issueToken(asked({ iss: config().publicUrl })),
  'the audience of MCP': () => issueToken(asked({ resource: `${config().publicUrl}/mcp` })),
  'a longer audience': () => issueToken(asked({ resource: `${resource()}/` })),
  'two audiences': () => issueToken(asked({ aud: [resource(), `${config().publicUrl}/mcp`] })),
  'no audience': () => issueToken(asked({ aud: undefined })),
  'its time over': () => issueToken(asked({ exp: now() - 30 })),
  'no end': () => issueToken(asked({ exp: undefined })),
  'a beginning to come': () => issueToken(asked({ nbf: now() + 60 })),
  'an issue to come': () => issueToken(asked({ iat: now() + 60 })),
  'an org that is not there': () => issueToken(asked({ org: 'nowhere' })),
  'the deployment as its org': () => issueToken(asked({ org: '#deployment' })),
  'an agent that is not there': () => issueToken(asked({ agent: publicId('agent', newId()) })),
  'a user that is not there': () => issueToken(asked({ user: publicId('end_user', newId()) })),
  'a user without an actor': () => issueToken(asked({ user, act: undefined })),
  'another actor than its agent': () => issueToken(asked({ user, act: { sub: other } })),
  'an actor behind it that is not there': () =>
    issueToken(asked({ user, act: { sub: agent, act: { sub: publicId('agent', newId()) } } })),
  'an actor that is no agent': () => issueToken(asked({ user, act: { sub: agent, act: { sub: user } } })),
  'the same actor twice': () => issueToken(asked({ user, act: { sub: agent, act: { sub: agent } } })),
  'a consent that is not there': () =>
    issueToken(asked({ user, grant_id: publicId('agent_grant', newId()) })),
  'details of an unknown type': () => issueToken(asked({ authorization_details: [{ type: 'payment' }] })),
  'details that authorize nothing': () => issueToken(asked({ authorization_details: [] })),
  'a changed claim': async () => {
    const [head, , signature] = (await issueToken(asked())).split('.')
    return `${head}.${encode(claimsFor(asked({ scope: 'tools:write' })))}.${signature}`
  },
}
const now = () => Math.floor(Date.now() / 1000)
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const encode = (value: unknown) => base64url.encode(bytes(value))
const unsigned = (header: object) => `${encode(header)}.${encode(claimsFor(asked()))}.AA`
async function signed(more: Partial<JWTHeaderParameters>, key?: CryptoKey) {
  const { privateKey } = key ? { privateKey: key } : await generateKeyPair('ES256')
  const header = { alg: 'ES256', typ: 'at+jwt', ...more }
  return new SignJWT(claimsFor(asked())).setProtectedHeader(header).sign(privateKey)
}

test.each(Object.entries(forged))('a token with %s is refused', async (_, forge) => {
  expect(await refusal(present(await forge()))).toBe(invalid)
})

test('a challenge says where tokens are had, and nothing of why one was refused', async () => {
  const metadata = `resource_metadata="${config().publicUrl}/.well-known/oauth-protected-resource/api/v1"`
  const none = await authenticateAccessToken({
    headers: new Headers(),
    method: 'GET',
    url: url(),
    resource: resource(),
    scopes: ['tools:read'],
  }).catch((error: AppError) => error)
  expect((none as AppError).headers['www-authenticate']).toBe(
    `Bearer realm="behalf", scope="tools:read", ${metadata}`,
  )
  const wrong = await present(await signed({})).catch((error: AppError) => error)
  expect((wrong as AppError).headers['www-authenticate']).toBe(
    `Bearer realm="behalf", error="invalid_token", error_description="The access token is not valid here", ${metadata}`,
  )
})

test('a token with too little is told the least that would do', async () => {
  const token = await issueToken(asked({ scope: 'executions:read accounts:read' }))
  const error = await present(token, { scopes: ['tools:read', 'tools:write'] }).catch((thrown) => thrown)
  expect([error.status, error.code]).toEqual([403, 'insufficient_scope'])
  expect(error.headers['www-authenticate']).toContain('error="insufficient_scope"')
  expect(error.headers['www-authenticate']).toContain('scope="tools:read"')
})

test('more actors than are allowed are refused', async () => {
  const names = await Promise.all([1, 2, 3].map(newAgent))
  const chain = (subs: string[]): object =>
    subs.reduceRight<object>((act, sub) => ({ sub, ...('sub' in act && { act }) }), {})
  const of = (subs: string[]) => present_(asked({ user, act: chain([agent, ...subs]) }))
  const present_ = async (a: Asked) => present(await issueToken(a))
  expect((await of(names.slice(0, 2))).via).toHaveLength(2)
  expect(await refusal(of(names))).toBe(invalid)
})

test('a key that was retired goes on proving what it signed, and nothing that it signs later', async () => {
  const old = await signer()
  const before = await issueToken(asked())
  await superuser.sql('UPDATE agents SET disabled_at = NULL')
  await rotateSigningKey(async () => {})
  expect((await signer()).kid).not.toBe(old.kid)
  await superuser.sql(`UPDATE signing_keys SET retired_at = now() - interval '1 hour' WHERE kid = $1`, [
    old.kid,
  ])
  expect((await present(await issueToken(asked()))).kind).toBe('agent')
  expect(await refusal(present(await old.sign('at+jwt', bytes(claimsFor(asked())))))).toBe(invalid)
  expect(await refusal(present(before))).toBe(invalid)
  await superuser.sql('UPDATE signing_keys SET retired_at = now() WHERE kid = $1', [old.kid])
})

const ends: Record<string, () => Promise<{ token: string; end: () => Promise<unknown> }>> = {
  'its agent is disabled': async () => {
    const id = await newAgent()
    const end = () => forOrg(tenant, (tx) => disableAgentIn(tx, tenant, parseId('agent', id) ?? ''))
    return { token: await issueToken(asked({ agent: id })), end }
  },
  'an agent that it was passed on by is disabled': async () => {
    const id = await newAgent()
    const end = () => forOrg(tenant, (tx) => disableAgentIn(tx, tenant, parseId('agent', id) ?? ''))
    return { token: await issueToken(asked({ user, act: { sub: agent, act: { sub: id } } })), end }
  },
  'its user is deactivated': async () => {
    await practice.session({ org_id: 'acme', user_id: 'u_2' })
    const id = (
      await forOrg(tenant, (tx) => tx.end_users.findFirstOrThrow({ where: { external_id: 'u_2' } }))
    ).id
    const end = () => superuser.sql('UPDATE end_users SET deactivated_at = now() WHERE id = $1', [id])
    return { token: await issueToken(asked({ user: publicId('end_user', id) })), end }
  },
  'the consent behind it is taken back': async () => {
    const id = newId()
    await forOrg(tenant, (tx) =>
      tx.agent_grants.create({
        data: {
          org_id: tenant.orgId,
          id,
          agent_org_id: tenant.orgId,
          agent_id: parseId('agent', agent) ?? '',
          user_id: parseId('end_user', user) ?? '',
          client_id: agent,
          oauth_grant_id: 'og',
          resource: resource(),
          evidence: {},
        },
      }),
    )
    const end = () =>
      superuser.sql(`UPDATE agent_grants SET revoked_at = now(), revoked_by = '{}' WHERE id = $1`, [id])
    return { token: await issueToken(asked({ user, grant_id: publicId('agent_grant', id) })), end }
  },
}

test.each(Object.entries(ends))('a live token is refused within a second after %s', async (_, prepare) => {
  const { token, end } = await prepare()
  expect((await present(token)).kind).toBe('agent')
  await end()
  const ended = performance.now()
  await expect.poll(() => refusal(present(token)), { interval: 20, timeout: 2_000 }).toBe(invalid)
  expect(performance.now() - ended).toBeLessThan(1_000)
})

test("the deployment's agent is good in an org that has let it in, and in no other", async () => {
  const { deployment } = await import('#lib/db')
  const { id } = await forOrg(deployment, (tx) => createAgentIn(tx, deployment, { name: 'Shared' }))
  expect(await refusal(present(await issueToken(asked({ agent: id }))))).toBe(invalid)
  await practice.session({ org_id: 'acme', user_id: 'u_1', agents: [id] })
  await expect
    .poll(async () => (await present(await issueToken(asked({ agent: id }))).catch(() => null))?.kind)
    .toBe('agent')
  await practice.session({ org_id: 'globex', user_id: 'u_1' })
  expect(await refusal(present(await issueToken(asked({ agent: id, org: 'globex' }))))).toBe(invalid)
})

test("another org's agent is nobody here", async () => {
  await practice.session({ org_id: 'initech', user_id: 'u_1' })
  expect(await refusal(present(await issueToken(asked({ org: 'initech' }))))).toBe(invalid)
})

test('a token that is bound to a key is good with a proof for this request, once', async () => {
  const holder = await newHolder()
  const token = await issueToken(asked({ cnf: { jkt: holder.jkt } }))
  const at = { method: 'GET', url: url() }
  const proof = await holder.prove(token, at)
  expect((await present(token, { scheme: 'DPoP', proof, url: `${url()}?q=1` })).kind).toBe('agent')
  const dpop = 'unauthenticated invalid_dpop_proof'
  const bad: Record<string, [proof: string | undefined, expected: string]> = {
    replayed: [proof, dpop],
    missing: [undefined, dpop],
    'two of them': [`${await holder.prove(token, at)}, ${await holder.prove(token, at)}`, dpop],
    'another method': [await holder.prove(token, { ...at, method: 'POST' }), dpop],
    'another address': [await holder.prove(token, { ...at, url: `${url()}/execute` }), dpop],
    'another origin': [await holder.prove(token, { ...at, url: 'https://evil.example/api/v1/tools' }), dpop],
    'another token': [await holder.prove(await issueToken(asked()), at), dpop],
    'an old one': [await holder.prove(token, at, { iat: now() - 120 }), dpop],
    'one to come': [await holder.prove(token, at, { iat: now() + 120 }), dpop],
    'without a name': [await holder.prove(token, at, { jti: undefined }), dpop],
    'another type': [await holder.prove(token, at, {}, { typ: 'JWT' }), dpop],
    'a private key': [await holder.prove(token, at, {}, { jwk: holder.privateJwk }), dpop],
    'another key': [await (await newHolder()).prove(token, at), dpop],
    'a claim of another key': [
      await (await newHolder()).prove(token, at, {}, { jwk: await publicOf(holder) }),
      dpop,
    ],
  }
  const told = await Promise.all(
    Object.entries(bad).map(async ([name, [one]]) => [
      name,
      await refusal(present(token, { scheme: 'DPoP', ...(one !== undefined && { proof: one }) })),
    ]),
  )
  expect(told).toEqual(Object.entries(bad).map(([name, [, expected]]) => [name, expected]))
  expect(await refusal(present(token))).toBe(invalid)
  expect(await refusal(present(token, { proof: await holder.prove(token, at) }))).toBe(invalid)
  expect(await refusal(present(await issueToken(asked()), { scheme: 'DPoP', proof }))).toBe(invalid)
})

const publicOf = async ({ privateJwk: { d: _, ...jwk } }: Awaited<ReturnType<typeof newHolder>>) => jwk

test('of many at once with one proof, one gets through', async () => {
  const holder = await newHolder()
  const token = await issueToken(asked({ cnf: { jkt: holder.jkt } }))
  const proof = await holder.prove(token, { method: 'GET', url: url() })
  const told = await Promise.allSettled(
    Array.from({ length: 20 }, () => present(token, { scheme: 'DPoP', proof })),
  )
  expect(told.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a token that is bound to a certificate is good with that one alone', async () => {
  const certificate = createHash('sha256').update('a certificate').digest('base64url')
  const token = await issueToken(asked({ cnf: { 'x5t#S256': certificate } }))
  expect((await present(token, { certificate })).kind).toBe('agent')
  expect(await refusal(present(token, { certificate: 'another' }))).toBe(invalid)
  expect(await refusal(present(token))).toBe(invalid)
})
