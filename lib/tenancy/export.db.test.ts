import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tenant } from '#lib/proof'
import { readTables, type Table } from '../../scripts/testing/catalogue.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { exported, exportOrg, notExported } from './export.ts'

let practice: Practice
let superuser: Superuser
let tables: Table[]
beforeAll(async () => {
  superuser = await useSuperuser()
  tables = await readTables(superuser)
  practice = await startPractice()
})
afterAll(() => practice.stop())

async function lines(tenant: Tenant) {
  let text = ''
  for await (const chunk of exportOrg(tenant)) text += chunk
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; data: Record<string, unknown> })
}

/** Columns of exported tables that are left out, and why. */
const hidden: Readonly<Record<string, string>> = {
  'agent_credentials.hash': 'a digest of a secret',
  'members.session_version': 'what a session cookie is checked against',
  'api_keys.hash': 'a digest of a secret',
  'scim_tokens.hash': 'a digest of a secret',
  'auth_configs.sealed_client_secret': 'sealed',
  'sso_connections.sealed_client_secret': 'sealed',
  'auth_configs.sealed_event_secret': 'sealed',
  'connect_sessions.token_hash': 'a digest of a secret',
  'connect_sessions.link_hash': 'a digest of a secret',
  'connect_sessions.handle_hash': 'a digest of a secret',
  'connect_attempts.state_hash': 'a digest of a secret',
  'connect_attempts.provider_account': 'said by the account, where there is one',
  'connect_attempts.sealed_answer': 'sealed',
  'connect_attempts.confirmation_hash': 'a digest of a secret',
  'connect_attempts.form': 'of a form that is not through, for minutes',
  'connect_attempts.sealed_form': 'sealed',
  'connect_attempts.form_expires_at': 'of the machine',
  'connected_accounts.credential_generation': 'of the machine',
  'connected_accounts.was_paused': 'of the machine',
  'connected_accounts.used_at': 'follows from other columns',
  'executions.sealed_input': 'sealed',
  'executions.sealed_facts': 'sealed',
  'executions.reconcile_tries': 'of the machine',
  'executions.reconcile_after': 'of the machine',
  'executions.key_version': 'of the machine',
  'executions.params_hmac': 'a digest of what is sealed',
  'approvals.sealed_call': 'sealed',
  'approvals.sealed_output': 'sealed',
  'approvals.key_version': 'of the machine',
  'approvals.call_hmac': 'a digest of what is sealed',
  'approvals.params_hmac': 'a digest of what is sealed',
  'upstream_revocations.sealed': 'sealed',
  'upstream_revocations.generation': 'of the machine',
  'upstream_revocations.key_version': 'of the machine',
  'mass_revocations.worked_until': 'of the machine',
  'mails.recipient_key': 'a digest by which mail to one address is counted',
  'mails.sealed': 'sealed',
  'mails.key_version': 'of the machine',
  'audit_streams.sealed_secret': 'sealed',
  'audit_streams.sealed_client_key': 'sealed',
  'audit_streams.key_version': 'of the machine',
  'branding_assets.bytes': 'an image or a font, loaded from its own address',
}

test('every table and column of an org is in its export, or on a list that says why not', () => {
  const scoped = tables.filter(
    ({ partition, columns }) => !partition && columns.some(({ name }) => name === 'org_id'),
  )
  expect(scoped.map(({ name }) => name).sort()).toEqual(
    [...Object.keys(exported), ...Object.keys(notExported)].sort(),
  )
  for (const { name, columns } of scoped) {
    const listed = exported[name]
    if (!listed) continue
    const left = columns
      .map((column) => column.name)
      .filter((column) => column !== 'org_id' && !listed.columns.includes(column))
    expect(
      left.filter((column) => !hidden[`${name}.${column}`]).map((column) => `${name}.${column}`),
    ).toEqual([])
    for (const column of listed.columns) expect(columns.map((one) => one.name)).toContain(column)
  }
  const [table, column] = ['sealed', 'hash'].map((word) =>
    Object.entries(exported).flatMap(([name, { columns }]) =>
      columns.filter((one) => one.includes(word)).map((one) => `${name}.${one}`),
    ),
  )
  expect(table).toEqual([])
  // Of texts that are in the export themselves, and of the chain.
  expect(column).toEqual([
    'connect_attempts.consent_hash',
    'connections.consent_hash',
    'audit_floors.hash',
    'audit_events.prev_hash',
    'audit_events.hash',
  ])
})

test('exports an org whole and no other, without a credential, and says at the end that it is complete', async () => {
  const [mine, other] = [
    await practice.connectAccount({ org: 'acme', user: 'u_mine' }),
    await practice.connectAccount({ org: 'globex', user: 'u_other', person: 'ben' }),
  ]
  await practice.execute({ connected_account_id: mine.connected_account_id, tool_name: 'sandbox.list_tasks' })
  const acme = await practice.tenant('acme')
  const [first, org, ...rest] = await lines(acme)
  expect(first).toMatchObject({ type: 'export', data: { org_id: 'acme' } })
  expect(org).toMatchObject({ type: 'organizations', data: { id: 'acme' } })
  const end = rest.pop()
  const counts: Record<string, number> = {}
  for (const { type } of rest) counts[type] = (counts[type] ?? 0) + 1
  expect(end?.type).toBe('end')
  expect(end?.data.counts).toMatchObject({ ...counts, organizations: 1 })
  for (const type of [
    'end_users',
    'connected_accounts',
    'connections',
    'executions',
    'audit_events',
    'outbox_events',
  ])
    expect(counts[type], type).toBeGreaterThan(0)

  const text = JSON.stringify(rest)
  expect(text).toContain('u_mine')
  expect(text).not.toContain('u_other')
  expect(text).not.toContain(other.connected_account_id)
  const { last_requests } = await practice.state()
  const tokens = last_requests
    .map(({ headers }) => headers.authorization)
    .filter((value): value is string => typeof value === 'string')
    .map((value) => value.replace(/^\w+ /, ''))
  expect(tokens.length).toBeGreaterThan(0)
  for (const token of tokens) expect(text).not.toContain(token)
})

test('exports more rows than one page holds, each once and in order', async () => {
  await practice.session({ org_id: 'many', user_id: 'u_1' })
  const many = await practice.tenant('many')
  await superuser.sql(
    `INSERT INTO outbox_events (org_id, id, type, data)
     SELECT $1, gen_random_uuid(), 'connected_account.connected', jsonb_build_object('n', n) FROM generate_series(1, 1201) n`,
    [many.orgId],
  )
  const events = (await lines(many)).filter(({ type }) => type === 'outbox_events')
  expect(new Set(events.map(({ data }) => data.id)).size).toBe(1201)
  expect(events).toHaveLength(1201)
})
