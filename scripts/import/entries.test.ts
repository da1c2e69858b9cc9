import { expect, test } from 'vitest'
import { importInput } from '#lib/consent/schema'
import { type Entry, fromApiBody, fromCsv, fromNango, type Told } from './entries.ts'

const told: Told = {
  org: 'acme',
  fromOrg: 'acme',
  connector: undefined,
  authConfig: undefined,
  scopes: undefined,
  agents: undefined,
  connectorOf: (key) => ({ 'github-prod': 'github', github: 'github', slack: 'slack' })[key],
  usersFrom: 'end_user',
  validate: 'probe',
}
const bodyOf = (entry: Entry) => importInput.parse('body' in entry ? entry.body : entry)

/** A connection as Nango's API answers it. */
const connection = {
  id: 18393,
  connection_id: 'c8f7b1f0-0000-4000-8000-000000000001',
  provider_config_key: 'github-prod',
  provider: 'github',
  errors: [],
  end_user: {
    id: 'u_1',
    email: 'ana@acme.test',
    display_name: 'Ana',
    tags: {},
    organization: { id: 'acme', display_name: 'Acme' },
  },
  tags: {},
  metadata: { folder: 7 },
  connection_config: {},
  created_at: '2026-03-08T09:43:03.725Z',
  updated_at: '2026-03-08T09:43:03.725Z',
  last_fetched_at: null,
  credentials: {
    type: 'OAUTH2',
    access_token: 'at-1',
    refresh_token: 'rt-1',
    expires_at: '2026-12-01T00:00:00.000Z',
    raw: { access_token: 'at-1', scope: 'repo,read:user', token_type: 'bearer' },
  },
}

test('reads a row of CSV: dates of three kinds, lists by spaces or commas, empty cells as absent', () => {
  const row = {
    user_id: 'u_1',
    user_email: 'ana@acme.test',
    access_token: 'at-1',
    refresh_token: '',
    expires_at: '1796083200',
    scopes: 'repo, read:user',
    purpose: '',
  }
  const entry = fromCsv({ ...told, connector: 'github', agents: ['ag_1'] }, row)
  expect(bodyOf(entry)).toEqual({
    org_id: 'acme',
    user_id: 'u_1',
    user: { email: 'ana@acme.test' },
    connector: 'github',
    tokens: { access_token: 'at-1', expires_at: '2026-12-01T00:00:00.000Z' },
    scopes: ['repo', 'read:user'],
    agents: ['ag_1'],
    validate: 'probe',
  })
  for (const expires_at of ['1796083200000', '2026-12-01T00:00:00Z', '2026-12-01 01:00:00+01:00']) {
    expect(bodyOf(fromCsv({ ...told, connector: 'github' }, { ...row, expires_at })).tokens?.expires_at).toBe(
      '2026-12-01T00:00:00.000Z',
    )
  }
})

test('takes the API’s body as it is, and leaves to its owner what is of another organization', () => {
  const body = { user_id: 'u_1', connector: 'github', tokens: { access_token: 'at-1' }, scopes: ['repo'] }
  expect(bodyOf(fromApiBody({ ...told, connector: 'slack', scopes: ['x'] }, body))).toMatchObject({
    org_id: 'acme',
    connector: 'github',
    scopes: ['repo'],
  })
  expect(fromApiBody(told, { ...body, org_id: 'globex' })).toEqual({
    outcome: 'skipped',
    code: 'other_organization',
  })
  expect(bodyOf(fromApiBody({ ...told, fromOrg: 'globex' }, { ...body, org_id: 'globex' })).org_id).toBe(
    'acme',
  )
  expect(fromApiBody(told, [body])).toEqual({ outcome: 'failed', code: 'not_an_object' })
})

test('reads a connection of Nango: who, which connector, tokens, granted scopes and where it was', () => {
  expect(bodyOf(fromNango(told, connection))).toEqual({
    org_id: 'acme',
    user_id: 'u_1',
    user: { email: 'ana@acme.test', name: 'Ana' },
    connector: 'github',
    tokens: { access_token: 'at-1', refresh_token: 'rt-1', expires_at: '2026-12-01T00:00:00.000Z' },
    scopes: ['repo', 'read:user'],
    agents: [],
    external_reference: 'nango:c8f7b1f0-0000-4000-8000-000000000001',
    validate: 'probe',
  })
})

test('knows the user and organization of a connection by its tags where it has no end user', () => {
  const tagged = {
    ...connection,
    end_user: null,
    tags: { end_user_id: 'u_2', end_user_email: 'ben@acme.test', organization_id: 'acme' },
  }
  expect(bodyOf(fromNango(told, tagged))).toMatchObject({ user_id: 'u_2', user: { email: 'ben@acme.test' } })
  expect(fromNango(told, { ...tagged, tags: { ...tagged.tags, organization_id: 'globex' } })).toEqual({
    outcome: 'skipped',
    code: 'other_organization',
  })
})

test.each([
  ['nobody says whose it is', { end_user: null }, {}, { outcome: 'failed', code: 'no_end_user' }],
  [
    'it is of another organization',
    { end_user: { ...connection.end_user, organization: { id: 'globex' } } },
    {},
    { outcome: 'skipped', code: 'other_organization' },
  ],
  [
    'its key means no connector',
    { provider_config_key: 'x', provider: 'y' },
    {},
    { outcome: 'failed', code: 'unmapped_provider_config_key' },
  ],
  [
    'it is of another connector than asked',
    {},
    { connector: 'slack' },
    { outcome: 'skipped', code: 'other_connector' },
  ],
  [
    'it is not OAuth 2',
    { credentials: { type: 'API_KEY', apiKey: 'k' } },
    {},
    { outcome: 'failed', code: 'unsupported_credentials' },
  ],
  ['it has no credentials', { credentials: undefined }, {}, { outcome: 'failed', code: 'not_a_connection' }],
] as const)('does not take a connection of Nango where %s', (_, change, also, end) => {
  expect(fromNango({ ...told, ...also }, { ...connection, ...change })).toEqual(end)
})

test('takes the connection id for the user where the operator says so', () => {
  const entry = fromNango({ ...told, usersFrom: 'connection_id' }, { ...connection, end_user: null })
  expect(bodyOf(entry).user_id).toBe(connection.connection_id)
})
