import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { freshFor, memberRoles, type Permission, permits, rolesThatMay } from './roles.ts'

const permissions = Object.keys(rolesThatMay) as Permission[]

/** The matrix as docs/roles.md prints it. */
const matrix = [
  `| Permission | ${memberRoles.map((role) => role.replace('_', ' ')).join(' | ')} |`,
  `|---|${memberRoles.map(() => '---').join('|')}|`,
  ...permissions.map((permission) => {
    const cells = memberRoles.map((role) => (permits(role, permission) ? 'yes' : ''))
    return `| \`${permission}\`${freshFor.includes(permission) ? ' *' : ''} | ${cells.join(' | ')} |`
  }),
].join('\n')

test('docs/roles.md prints the matrix that is in force', () => {
  const text = readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8')
  const printed = text.split('\n').filter((line) => line.startsWith('|'))
  expect(printed.join('\n')).toBe(matrix)
})

test('an owner may do everything, and a word that is no role nothing', () => {
  expect(permissions.filter((permission) => !permits('owner', permission))).toEqual([])
  for (const role of ['admin', '', 'Owner', 'constructor'])
    expect(permissions.filter((permission) => permits(role, permission))).toEqual([])
})

test('whoever may change something may look at it, and an auditor and support change nothing', () => {
  const reading = (permission: string) => /\.(read|export)$/.test(permission)
  for (const permission of permissions.filter((one) => /\.(manage|decide)$/.test(one))) {
    const read = permission.replace(/\.\w+$/, '.read') as Permission
    for (const role of memberRoles)
      if (permits(role, permission)) expect(permits(role, read), `${role} ${permission}`).toBe(true)
  }
  for (const role of ['auditor', 'support'] as const)
    expect(permissions.filter((one) => permits(role, one) && !reading(one))).toEqual([])
})

test('what calls carried is for those alone who answer for it', () => {
  expect(memberRoles.filter((role) => permits(role, 'payloads.read'))).toEqual([
    'owner',
    'security_admin',
    'auditor',
  ])
})
