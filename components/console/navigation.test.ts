import { describe, expect, it } from 'vitest'
import { memberRoles } from '#lib/identity/schema'
import { jumpTo, offered } from './jump.ts'
import { baseOf, navigationOf } from './navigation.ts'

const hex = '0190'.padEnd(32, 'a')
const ids = (org: string | null, role: string) =>
  navigationOf(org, role).flatMap(({ entries }) => entries.map(({ id }) => id))

describe('navigationOf', () => {
  it('lists for each role only what it may read', () => {
    expect(ids('acme', 'owner')).toContain('api-keys')
    expect(ids('acme', 'approver')).not.toContain('api-keys')
    expect(ids('acme', 'approver')).toContain('approvals')
    expect(ids('acme', 'support')).not.toContain('audit')
    for (const role of memberRoles) expect(ids('acme', role)).toContain('activity')
  })

  it('lists nothing for a role that is unknown', () => {
    expect(ids('acme', 'nobody')).toEqual([])
  })

  it('lists of the deployment only what the deployment has', () => {
    expect(ids(null, 'owner')).not.toContain('accounts')
    expect(ids(null, 'owner')).toContain('audit')
  })

  it('leads to the org as its address names it', () => {
    expect(navigationOf('a b/c', 'owner')[0]?.entries[0]?.href).toBe('/console/a%20b%2Fc')
  })
})

describe('the palette', () => {
  const base = baseOf('acme')
  const owner = navigationOf('acme', 'owner')

  it('leads to what an id names, also in its short spelling', () => {
    expect(jumpTo(base, owner, ` acc_${hex} `)?.href).toBe(`/console/acme/accounts/ca_${hex}`)
    expect(jumpTo(base, owner, `EX_${hex.toUpperCase()}`)?.href).toBe(`/console/acme/activity/ex_${hex}`)
    expect(jumpTo(base, owner, `usr_${hex}`)?.href).toBe(`/console/acme/people/usr_${hex}`)
  })

  it('leads nowhere by a text that is no whole id, and to no page that the role may not read', () => {
    expect(jumpTo(base, owner, 'ca_12')).toBeNull()
    expect(jumpTo(base, owner, `ca_${hex}/../../other`)).toBeNull()
    expect(jumpTo(base, navigationOf('acme', 'developer'), `usr_${hex}`)).toBeNull()
  })

  it('finds pages by their name and by their group', () => {
    expect(offered(base, owner, 'audit').map(({ words }) => words)).toEqual(['Audit'])
    expect(offered(base, owner, 'evid rec').map(({ words }) => words)).toEqual(['Receipts'])
  })
})
