import { expect, test } from 'vitest'
import { maskedFor } from './masked.ts'
import { memberRoles } from './roles.ts'

const payload = { title: 'Fire Bob', count: 3, done: false, none: null, to: ['bob@acme.test', { id: 7 }] }

test('whoever has no say over what calls carry sees its shape and not one value', () => {
  const shape = { title: '•••', count: '•••', done: '•••', none: null, to: ['•••', { id: '•••' }] }
  const shown = Object.fromEntries(memberRoles.map((role) => [role, maskedFor(role)(payload)]))
  expect(shown).toEqual({
    owner: payload,
    security_admin: payload,
    connector_manager: shape,
    approver: shape,
    auditor: payload,
    developer: shape,
    support: shape,
  })
  expect(maskedFor('admin')('a word')).toBe('•••')
})
