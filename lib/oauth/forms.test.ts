import { generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { type CredentialForm, credentialForm, defineConnector, type FormConnector } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { egressWith, serve } from '../egress/testing.ts'
import { accessHeader, secretsIn } from './client-authentication.ts'
import { addressedBy, pinnedHosts, urlOf } from './endpoints.ts'
import { readFields } from './form-fields.ts'
import { testCredentials } from './form-test.ts'

const identity = {
  url: '{api}/me',
  method: 'GET',
  parse: (body: unknown) => body as { id: string; label: string },
} as const

type Facts = Omit<Parameters<typeof credentialForm>[0], 'identity'>

const desk = (
  facts: Facts,
  api = 'https://{subdomain}.desk.example',
): FormConnector & { auth: CredentialForm } =>
  defineConnector({
    id: 'desk',
    name: 'Desk',
    summary: 'A desk.',
    apiBaseUrl: '{api}',
    baseUrls: { api },
    auth: credentialForm({ ...facts, identity }),
    scopes: {},
    apiErrors: [],
    tools: [],
  })

const subdomain = { name: 'subdomain', kind: 'subdomain' } as const
const byKey: Facts = {
  fields: [subdomain, { name: 'api_key', kind: 'api_key', pattern: /k_[a-z0-9]+/ }],
  place: { header: 'X-Api-Key', value: '{api_key}' },
}
const byBasic: Facts = {
  fields: [subdomain, { name: 'email', kind: 'email' }, { name: 'token', kind: 'api_token' }],
  place: { basic: { user: '{email}/token', password: '{token}' } },
}
const none = {
  orgId: 'o',
  id: 'a',
  connector: 'desk',
  clientId: '',
  baseUrls: {},
  inputs: {},
  redirectUri: '',
  sealedSecret: null,
  sealedEventSecret: null,
}

describe('fields', () => {
  test.each([
    [
      { subdomain: ' Acme ', api_key: '\n k_1 \t' },
      { subdomain: 'acme', api_key: 'k_1' },
    ],
    [
      { subdomain: 'https://acme.desk.example/x', api_key: '"k_1"' },
      { subdomain: 'acme', api_key: 'k_1' },
    ],
    [
      { subdomain: 'acme', api_key: '\ufeffk_1\u200b\r\n' },
      { subdomain: 'acme', api_key: 'k_1' },
    ],
    [
      { subdomain: 'acme', api_key: 'k_1', other: 'ignored' },
      { subdomain: 'acme', api_key: 'k_1' },
    ],
  ])('reads %j as it was meant', (given, values) => {
    expect(readFields(desk(byKey), given)).toEqual({ values, problems: {} })
  })

  test.each([
    [
      { subdomain: '', api_key: ' \n' },
      { subdomain: 'missing', api_key: 'missing' },
    ],
    [
      { subdomain: 'evil.example', api_key: 'k 1' },
      { subdomain: 'not_an_address', api_key: 'not_a_key' },
    ],
    [
      { subdomain: 'xn--evil-9d0b', api_key: 'sk_1' },
      { subdomain: 'not_an_address', api_key: 'not_a_key' },
    ],
    [
      { subdomain: 'a'.repeat(400), api_key: 'k'.repeat(5000) },
      { subdomain: 'too_long', api_key: 'too_long' },
    ],
    [{ subdomain: 'acme', api_key: 'k_1\r\nx-evil: 1' }, { api_key: 'not_a_key' }],
  ])('says what is wrong with %#', (given, problems) => {
    expect(readFields(desk(byKey), given).problems).toEqual(problems)
  })

  test('a user name with a colon would be another user name', () => {
    const given = { subdomain: 'acme', email: 'a:b@example.com', token: 'x' }
    expect(readFields(desk(byBasic), given).problems).toEqual({ email: 'not_an_email' })
  })

  test('a key file has a private key that signs', () => {
    const form = desk(
      {
        fields: [{ name: 'file', kind: 'service_account' }],
        place: { header: 'Authorization', value: 'Bearer {access_token}' },
        grant: {
          type: 'jwt_bearer',
          tokenUrl: '{api}/t',
          audience: null,
          account: 'file',
          subject: null,
          scope: null,
        },
      },
      'https://desk.example',
    )
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const good = JSON.stringify({ client_email: 'a@b.example', private_key })
    expect(readFields(form, { file: `\n${good}\n` }).problems).toEqual({})
    const bad = ['{}', '[]', '{"client_email":1}', good.replace('PRIVATE', 'PUBLIC'), `${good}x`, 'k_1']
    for (const file of bad) expect(readFields(form, { file }).problems).toEqual({ file: 'not_a_key_file' })
  })
})

describe('addresses', () => {
  test('the host that comes of a subdomain is the one that a credential is pinned to', () => {
    const at = addressedBy(none, desk(byKey), { subdomain: 'acme', api_key: 'k_1' })
    expect(at.inputs).toEqual({ subdomain: 'acme' })
    expect(urlOf(desk(byKey), at, '{api}/v1')).toBe('https://acme.desk.example/v1')
    expect(pinnedHosts(desk(byKey), at)).toEqual(['acme.desk.example'])
  })

  test.each(['evil.example/', 'evil.example#', 'a@evil.example', 'A', '127.0.0.1', '', 'xn--evil-9d0b'])(
    'no address is made of %j, whatever it came through',
    (label) => {
      const at = addressedBy(none, desk(byKey), { subdomain: label })
      expect(() => urlOf(desk(byKey), at, '{api}')).toThrow('not a label')
      expect(() => pinnedHosts(desk(byKey), at)).toThrow('not a label')
    },
  )

  test('without its subdomain a connector reaches nothing', () => {
    expect(() => pinnedHosts(desk(byKey), none)).toThrow('no value')
  })
})

describe('headers', () => {
  test('a credential goes where its connector says, and into no other', () => {
    const key = { accessToken: 'k_1', fields: { subdomain: 'acme', api_key: 'k_1' } }
    expect(accessHeader(desk(byKey), key)).toEqual({ 'x-api-key': 'k_1' })
    const basic = {
      accessToken: 't',
      fields: { subdomain: 'acme', email: 'ana@example.com', token: 't{email}' },
    }
    const authorization = `Basic ${Buffer.from('ana@example.com/token:t{email}').toString('base64')}`
    expect(accessHeader(desk(byBasic), basic)).toEqual({ authorization })
    expect(secretsIn(desk(byBasic), basic)).toEqual(['t{email}', authorization.slice(6)])
    expect(() => accessHeader(desk(byBasic), key)).toThrow('has no email')
  })
})

describe('the trial', () => {
  let egress: Egress
  beforeEach(() => {
    egress = egressWith('provider=127.0.0.1')
  })
  const answering = async (status: number, body: unknown = {}, headers: Record<string, string> = {}) => {
    const port = await serve((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    })
    return { ...none, baseUrls: { api: `http://127.0.0.1:${port}` } }
  }
  const fields = { subdomain: 'acme', api_key: 'k_1' }

  test.each([
    [401, 'credentials_rejected'],
    [403, 'permission_missing'],
    [404, 'wrong_address'],
    [429, 'provider_busy'],
    [500, 'provider_unavailable'],
    [204, 'provider_unavailable'],
  ])('an answer of %i is %s', async (status, why) => {
    expect(await testCredentials(egress, desk(byKey), await answering(status), fields)).toMatchObject({ why })
  })

  test('a redirect is not followed: the workspace is elsewhere, or somebody would like the key', async () => {
    const at = await answering(302, {}, { location: 'https://evil.example/' })
    expect(await testCredentials(egress, desk(byKey), at, fields)).toMatchObject({ why: 'wrong_address' })
  })

  test('an account is one of the workspace that it was asked in', async () => {
    const at = await answering(200, { id: '7', label: 'ana' })
    expect(await testCredentials(egress, desk(byKey), at, fields)).toMatchObject({
      kind: 'proved',
      account: { id: 'acme/7', label: 'ana (acme)' },
      tokens: { accessToken: 'k_1', refreshToken: null, fields },
    })
    const nobody = await answering(200, { id: '', label: 'ana' })
    expect(await testCredentials(egress, desk(byKey), nobody, fields)).toMatchObject({
      why: 'provider_unavailable',
    })
  })

  test('an assertion is for our token endpoint, whatever the key file says', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const seen: string[] = []
    const port = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push(body)
      const answer =
        request.url === '/t' ? { access_token: 'at_1', expires_in: 60 } : { id: '1', label: 'svc' }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
    const api = `http://127.0.0.1:${port}`
    const form = desk(
      {
        fields: [{ name: 'file', kind: 'service_account' }],
        place: { header: 'Authorization', value: 'Bearer {access_token}' },
        grant: {
          type: 'jwt_bearer',
          tokenUrl: '{api}/t',
          audience: null,
          account: 'file',
          subject: null,
          scope: '',
        },
      },
      'https://desk.example',
    )
    const file = JSON.stringify({
      client_email: 'svc@desk.example',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      private_key_id: 'k1',
      token_uri: 'https://evil.example/token',
    })
    const tested = await testCredentials(egress, form, { ...none, baseUrls: { api } }, { file, scope: 'a b' })
    expect(tested).toMatchObject({ kind: 'proved', tokens: { accessToken: 'at_1', refreshToken: file } })
    const assertion = new URLSearchParams(seen[0]).get('assertion') ?? ''
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, { audience: `${api}/t` })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'k1' })
    expect(payload).toMatchObject({ iss: 'svc@desk.example', sub: 'svc@desk.example', scope: 'a b' })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300)
  })
})
