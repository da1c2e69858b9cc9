import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../schema.ts'
import { framed, syslogLine } from '../streams/syslog.ts'
import { csvHead, csvOf } from './csv.ts'
import { ocsfOf } from './ocsf.ts'

const event: AuditEvent = {
  id: 'ae_1',
  chain: 'org_1',
  sequence: 7,
  occurred_at: '2026-11-21T14:00:00.000Z',
  action: 'tool.executed',
  outcome: 'allowed',
  org_id: 'acme',
  user_id: 'u_1',
  actor: { type: 'agent', id: 'ag_1' },
  agent_id: 'ag_1',
  connected_account_id: 'ca_1',
  connection_id: 'cn_1',
  tool_name: 'github.create_issue',
  scopes_required: ['repo'],
  scopes_granted: ['repo'],
  policy: { engine: 'cedar', decision: 'allow', policy_ids: ['pol_1'] },
  params_hmac: null,
  changed_fields: [],
  error_code: null,
  duration_ms: 12,
  trace_id: 'f'.repeat(32),
  ip: '203.0.113.7',
  user_agent: 'agent/1',
  details: {},
  prev_hash: '0'.repeat(64),
  hash: '1'.repeat(64),
}

test.each(['=cmd|calc', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
  'a cell that begins as %j is no formula to a spreadsheet, and quotes and lines stay in their cell',
  (text) => {
    const user_agent = `${text}"a",b\r\nc`
    const [row] = parse(csvHead + csvOf([{ ...event, user_agent }]), { columns: true }) as Record<
      string,
      string
    >[]
    expect(row?.user_agent).toBe(`'${user_agent}`)
    expect(row?.scopes_granted).toBe('["repo"]')
    expect(row?.hash).toBe(event.hash)
  },
)

const cases: [Partial<AuditEvent>, number, number, number][] = [
  [{}, 6003, 1, 1],
  [{ tool_name: 'github.list_issues' }, 6003, 2, 1],
  [{ tool_name: 'github.delete_repository', outcome: 'denied' }, 6003, 4, 2],
  [{ tool_name: 'stripe.transfer_money', outcome: 'unknown' }, 6003, 99, 0],
  [{ action: 'policy.created', tool_name: null }, 6003, 1, 1],
  [{ action: 'audit.exported', tool_name: null }, 6003, 2, 1],
  [{ action: 'connection.scopes_changed', tool_name: null }, 6003, 3, 1],
  [{ action: 'authentication.refused', tool_name: null, outcome: 'denied' }, 3002, 1, 2],
  [{ action: 'user.deactivated', tool_name: null }, 3001, 5, 1],
  [{ action: 'something.else', tool_name: null }, 6003, 99, 1],
]
test.each(cases)('%j is a known event of OCSF', (change, class_uid, activity_id, status_id) => {
  const told = ocsfOf({ ...event, ...change })
  expect(told).toMatchObject({
    class_uid,
    activity_id,
    status_id,
    type_uid: class_uid * 100 + activity_id,
    category_uid: class_uid === 6003 ? 6 : 3,
    time: Date.parse(event.occurred_at),
    metadata: { version: '1.3.0', uid: 'ae_1', sequence: 7, tenant_uid: 'acme' },
    unmapped: { hash: event.hash, prev_hash: event.prev_hash },
  })
  // What the classes require beside it.
  const required = class_uid === 6003 ? ['actor', 'api', 'src_endpoint'] : ['user']
  for (const name of [...required, 'severity_id', 'category_uid']) expect(told).toHaveProperty(name)
})

test('a message counts its bytes, and a peer’s text breaks out of no field of it', () => {
  const line = syslogLine({ ...event, action: 'a b\nc', org_id: 'x"]\\' }, 'hö st')
  expect(line).toContain(`1 ${event.occurred_at} h__st behalf - a_b_c [behalf@32473 `)
  expect(line).toContain('org="x\\"\\]\\\\"')
  const bytes = framed('größe')
  expect(bytes.toString()).toBe('7 größe')
})
