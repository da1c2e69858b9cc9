import { expect, test } from 'vitest'
import { memberRoles, permits } from '#lib/identity/schema'
import { keyRolesGivenBy } from './given.ts'

test('nobody makes a key that may do what they may not do themselves', () => {
  for (const role of memberRoles) {
    const given = keyRolesGivenBy(role)
    if (!permits(role, 'api_keys.manage')) expect(given, role).toEqual([])
    if (given.includes('read'))
      expect(permits(role, 'audit.read') && permits(role, 'people.read'), role).toBe(true)
    if (given.includes('manage'))
      expect(permits(role, 'policies.manage') && permits(role, 'members.manage'), role).toBe(true)
    if (given.includes('approve')) expect(permits(role, 'approvals.decide'), role).toBe(true)
  }
  expect(keyRolesGivenBy('owner')).toHaveLength(5)
  expect(keyRolesGivenBy('nobody')).toEqual([])
})
