import { isValidElement, type ReactNode } from 'react'
import { expect, test, vi } from 'vitest'
import { LedTo } from './led-to.tsx'

// It asks for React as browsers have it.
vi.mock('next/link', () => ({ default: 'a' }))

/** What a person reads. */
function textOf(node: ReactNode): string {
  if (Array.isArray(node)) return node.map(textOf).join(' ')
  if (typeof node === 'string' || typeof node === 'number') return String(node)
  if (!isValidElement<{ children?: ReactNode }>(node)) return ''
  return textOf(node.props.children)
}

const nothing = { base: '/console/acme', executions: [], events: [], mayAudit: true }
const event = { id: 'ev_1', action: 'tool.executed', outcome: 'allowed' }

test('says that a request led to nothing only where all was looked through', () => {
  const [none, more] = ['no event of the audit', 'it may have led to more']
  expect(textOf(LedTo({ ...nothing, whole: true }))).toContain(none)
  expect(textOf(LedTo({ ...nothing, whole: true }))).not.toContain(more)
  expect(textOf(LedTo({ ...nothing, whole: false }))).toContain(more)
  expect(textOf(LedTo({ ...nothing, whole: false }))).not.toContain(none)
  expect(textOf(LedTo({ ...nothing, events: [event], whole: false }))).toMatch(/tool\.executed.*more/)
})

test('tells what happened in the order in which it did', () => {
  const later = { id: 'ev_2', action: 'agent.paused', outcome: 'allowed' }
  expect(textOf(LedTo({ ...nothing, events: [later, event], whole: true }))).toMatch(/executed.*paused/)
})
