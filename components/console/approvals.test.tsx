import { isValidElement, type ReactNode } from 'react'
import { expect, test } from 'vitest'
import type { ApprovalDetail } from '#lib/approvals/schema'
import { ApprovalFacts, ApprovalStatus, type ApprovalWords, Params, Votes } from './approvals.tsx'

const approval: ApprovalDetail = {
  id: 'ap_1',
  org_id: 'acme',
  user_id: 'u_1',
  connected_account_id: 'ca_1',
  connector: 'sandbox',
  tool_name: 'sandbox.create_task',
  effect: 'send',
  requested_by: { type: 'agent', id: 'a' },
  policy: { engine: 'cedar', policy_ids: ['v1:external-mail'], reason: 'Mail that leaves the house.' },
  status: 'executed',
  quorum: 2,
  votes: [
    {
      approves: true,
      decided_by: { type: 'member', id: 'm', user_id: null },
      reason: 'Fine.',
      decided_at: '2026-01-02T03:04:05.000Z',
    },
  ],
  execution_id: 'ex_1',
  execution_status: 'unknown',
  error_code: null,
  created_at: '2026-01-02T03:04:05.000Z',
  expires_at: '2026-01-03T03:04:05.000Z',
  decided_at: null,
  finished_at: null,
  params: {},
  authorization_details: null,
  output: null,
  output_expires_at: null,
}
const words: ApprovalWords = {
  tool: 'Create a task',
  connector: 'Acme Tasks',
  account: 'ana@example.com',
  user: 'Ana (u_1)',
  requester: 'the agent Mira',
  voters: ['boss@example.com'],
}

/** What a person reads. */
const read = (node: ReactNode): string => textOf(node).replaceAll(/\s+/g, ' ')

function textOf(node: ReactNode): string {
  if (Array.isArray(node)) return node.map(textOf).join(' ')
  if (typeof node === 'string' || typeof node === 'number') return String(node)
  if (!isValidElement<{ children?: ReactNode }>(node)) return ''
  const { type, props } = node
  return textOf(typeof type === 'function' ? (type as (props: object) => ReactNode)(props) : props.children)
}

test('shows every parameter as it would be sent, and nothing in it that hides', () => {
  const text = read(
    <Params
      params={{ to: 'ana\u202Emoc.live', 'bc\u200Bc': '', amount: 100, flags: { urgent: true }, note: null }}
    />,
  )
  for (const part of ['ana⟨U+202E⟩moc.live', 'bc⟨U+200B⟩c', 'amount 100', 'urgent', 'true', 'note null'])
    expect(text).toContain(part)
})

test('tells who asks for what, for whom, on which account, and why', () => {
  const text = read(<ApprovalFacts approval={approval} words={words} />)
  for (const part of [
    'sandbox.create_task',
    'Sends something',
    'ana@example.com at Acme Tasks',
    'Ana (u_1)',
    'the agent Mira',
    'Mail that leaves the house.',
    'v1:external-mail',
    '1 of 2',
  ])
    expect(text).toContain(part)
  const said = read(<Votes approval={approval} words={words} />)
  expect(said).toMatch(/boss@example\.com approved ?: Fine\./)
})

test('does not call a call made well whose outcome is unknown', () => {
  expect(read(<ApprovalStatus approval={approval} />)).toContain('outcome unknown')
  expect(read(<Params params={null} />)).toContain('not kept any more')
})
