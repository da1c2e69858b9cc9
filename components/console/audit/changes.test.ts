import { expect, test } from 'vitest'
import type { AuditEvent } from '#lib/audit/schema'
import { changesOf } from './changes.ts'

const event = (more: Partial<AuditEvent>): AuditEvent => ({
  id: 'ae_1',
  chain: 'org_1',
  sequence: 1,
  occurred_at: '2026-11-21T14:00:00.000Z',
  action: 'connection.scopes_changed',
  outcome: 'allowed',
  org_id: 'acme',
  user_id: null,
  actor: { type: 'member', id: 'm1' },
  agent_id: null,
  connected_account_id: null,
  connection_id: null,
  tool_name: null,
  scopes_required: [],
  scopes_granted: [],
  policy: null,
  params_hmac: null,
  changed_fields: [],
  error_code: null,
  duration_ms: null,
  trace_id: null,
  ip: null,
  user_agent: null,
  details: {},
  prev_hash: '0',
  hash: '1',
  ...more,
})

test('scopes that were narrowed are told as what went and what stayed', () => {
  const [change] = changesOf(
    event({
      scopes_granted: ['tasks:read'],
      changed_fields: ['scopes'],
      details: { scopes_before: 'tasks:read tasks:write' },
    }),
  )
  expect(change).toEqual({
    field: 'scopes',
    before: 'tasks:read tasks:write',
    after: 'tasks:read',
    gone: ['tasks:write'],
    added: [],
  })
})

test.each([
  [{ role_before: 'owner', role_after: 'auditor' }, 'role'],
  [{ role_from: 'owner', role_to: 'auditor' }, 'role'],
  [{ previous_role: 'owner', role: 'auditor' }, 'role'],
  [{ old_role: 'owner', new_role: 'auditor' }, 'role'],
  [{ before: 'owner', after: 'auditor' }, 'value'],
])('what was and what is are found in %j', (details, field) => {
  expect(changesOf(event({ details }))).toEqual([
    { field, before: 'owner', after: 'auditor', gone: ['owner'], added: ['auditor'] },
  ])
})

test('a field that the event names without a value is told without one, and no event makes changes up', () => {
  expect(changesOf(event({ changed_fields: ['settings'] }))).toMatchObject([
    { field: 'settings', before: null, after: null },
  ])
  expect(changesOf(event({ details: { reason: 'left' } }))).toEqual([])
})
