import { describe, expect, it } from 'vitest'
import { groupsOf } from './risk.ts'

describe('the consent screen', () => {
  const groups = [
    { risk: 'read', scopes: [{ scope: 'a', required: true, was: null }] },
    {
      risk: 'write',
      scopes: [
        { scope: 'b', required: false, was: 'new' as const },
        { scope: 'c', required: true, was: 'kept' as const },
      ],
    },
  ]

  it('shows each scope once, either as needed or as optional', () => {
    const shown = (needed: boolean) =>
      groupsOf(groups, ({ required }) => required === needed).flatMap((group) =>
        group.scopes.map((s) => s.scope),
      )
    expect(shown(true)).toEqual(['a', 'c'])
    expect(shown(false)).toEqual(['b'])
  })

  it('leaves a group out that has nothing to show', () => {
    expect(groupsOf(groups, ({ was }) => was === 'new').map((group) => group.risk)).toEqual(['write'])
  })
})
