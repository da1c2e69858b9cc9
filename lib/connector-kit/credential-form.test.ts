import { expect, test } from 'vitest'
import {
  type CredentialForm,
  credentialForm,
  defineConnector,
  hostLabelIn,
  isHostLabel,
  oauth2,
} from './index.ts'

const identity = { url: '{api}/me', method: 'GET', parse: () => ({ id: '1', label: 'one' }) } as const
const key = { name: 'api_key', kind: 'api_key' } as const
const subdomain = { name: 'subdomain', kind: 'subdomain' } as const
const bearer = { header: 'Authorization', value: 'Bearer {api_key}' } as const

test('a form names the fields that it uses, has a secret, and puts it into a header that is for that', () => {
  const form = (facts: Partial<Parameters<typeof credentialForm>[0]>) => () =>
    credentialForm({ fields: [key], place: bearer, identity, ...facts })
  expect(form({})()).toMatchObject({ kind: 'form', grant: null, revoke: null, baseScopes: [] })
  expect(form({ fields: [key, key] })).toThrow('named twice')
  expect(form({ fields: [subdomain], place: { header: 'Authorization', value: 'x' } })).toThrow('no secret')
  expect(form({ place: { header: 'Authorization', value: 'Bearer {token}' } })).toThrow('no field token')
  expect(form({ place: { basic: { user: '{email}/token', password: '{api_key}' } } })).toThrow(
    'no field email',
  )
  expect(form({ place: { header: 'Authorization', value: 'Bearer {access_token}' } })).toThrow('access_token')
  for (const header of ['Host', 'Cookie', 'Content-Length', 'Referer', 'X Y', 'Authorization\r\nX'])
    expect(form({ place: { header, value: '{api_key}' } }), header).toThrow('no header for a credential')
})

const labels = ['acme', 'a', 'a1', '1a', 'acme-eu', 'a'.repeat(63)]
const notLabels = [
  ...[
    '',
    '-acme',
    'acme-',
    'Acme',
    'acme.example',
    'a b',
    'acme@evil',
    'evil/acme',
    'acme\\evil',
    'acme#',
    'acme?x',
  ],
  ...[
    'xn--acme-9d0b',
    'ab--cd',
    '127',
    '0x7f',
    '0x',
    '%61cme',
    'acme:8443',
    '[::1]',
    'ácme',
    'аcme',
    'a'.repeat(64),
  ],
  ...['acme\n', 'acme\u200b', 'localhost.', '..', '.'],
]

test.each(labels)('%s may stand in a host', (label) => expect(isHostLabel(label)).toBe(true))
test.each(notLabels)('%j may not stand in a host', (label) => expect(isHostLabel(label)).toBe(false))

const bases = { api: 'https://{subdomain}.desk.example', web: 'https://{subdomain}.help.desk.example/app' }

test.each([
  ['acme', 'acme'],
  [' ACME ', 'acme'],
  ['acme.desk.example', 'acme'],
  ['https://acme.desk.example/', 'acme'],
  ['https://acme.desk.example/agent/tickets?x=1', 'acme'],
  ['https://acme.help.desk.example', 'acme'],
])('takes %j, as people paste it, for %s', (given, label) => expect(hostLabelIn(given, bases)).toBe(label))

test.each([
  ...[
    'https://acme.desk.example.evil.example',
    'acme.evil.example',
    'https://evil.example/acme.desk.example',
  ],
  ...[
    'https://acme@evil.example',
    'https://acme.desk.example@evil.example',
    'https://user:pw@acme.desk.example',
  ],
  ...[
    'https://a.b.desk.example',
    'https://.desk.example',
    'desk.example',
    '//acme.desk.example',
    'acme.desk.example:1',
  ],
  ...[
    'http://acme.desk.example',
    'javascript:acme.desk.example',
    'https:\\\\acme.desk.example',
    '127.0.0.1',
    '[::1]',
  ],
  ...[
    'https://xn--acme-9d0b.desk.example',
    'acme。desk.example',
    'acme.desk.example\\@evil.example',
    '169.254.169.254',
  ],
])('takes %j for no address of the provider', (given) => expect(hostLabelIn(given, bases)).toBeNull())

const facts = {
  id: 'acme',
  name: 'Acme',
  summary: 'Acme.',
  apiBaseUrl: '{api}',
  scopes: {},
  apiErrors: [],
  tools: [],
}
const withSubdomain: CredentialForm = credentialForm({ fields: [key, subdomain], place: bearer, identity })

test.each([
  'https://{subdomain}',
  'https://{subdomain}.example',
  'https://x.{subdomain}.example.com',
  'https://{subdomain}@example.com',
  'https://example.{subdomain}',
  'http://{subdomain}.example.com',
  'https://{subdomain}.{subdomain}.example.com',
  'https://{other}.example.com',
  '{subdomain}',
])('no connector lets a person decide more of its host than a label: %s', (api) => {
  expect(() => defineConnector({ ...facts, baseUrls: { api }, auth: withSubdomain })).toThrow(
    'label of its host',
  )
})

test('a label of a host, or of a path below a base, is what a connector may ask for', () => {
  const baseUrls = { api: 'https://{subdomain}.example.com' }
  expect(defineConnector({ ...facts, baseUrls, auth: withSubdomain }).auth.kind).toBe('form')
  const path = { ...facts, apiBaseUrl: '{api}/t/{subdomain}', baseUrls: { api: 'https://api.example.com' } }
  expect(defineConnector({ ...path, auth: withSubdomain }).apiBaseUrl).toContain('{subdomain}')
  expect(() => defineConnector({ ...path, apiBaseUrl: '{api}/t/{team}', auth: withSubdomain })).toThrow(
    'has no team',
  )
})

test('before OAuth a person is asked for a part of the address, and for no credential', () => {
  const oauth = {
    authorizeUrl: '{api}/a',
    tokenUrl: '{api}/t',
    revoke: null,
    rotation: 'none',
    identity,
  } as const
  expect(oauth2({ ...oauth, asks: [subdomain] }).asks).toEqual([subdomain])
  expect(() => oauth2({ ...oauth, asks: [key] })).toThrow('no credential')
})
