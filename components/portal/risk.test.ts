import { describe, expect, it } from 'vitest'
import { groupsOf, namesInWords } from './risk.ts'

describe('the consent screen', () => {
  const groups = [
    { risk: 'read', scopes: [{ scope: 'a', required: true }] },
    {
      risk: 'write',
      scopes: [
        { scope: 'b', required: false },
        { scope: 'c', required: true },
      ],
    },
  ]

  it('shows each scope once, either as needed or as optional', () => {
    const shown = (required: boolean) =>
      groupsOf(groups, required).flatMap((group) => group.scopes.map((s) => s.scope))
    expect(shown(true)).toEqual(['a', 'c'])
    expect(shown(false)).toEqual(['b'])
  })

  it('leaves a group out that has nothing to show', () => {
    expect(groupsOf(groups, false).map((group) => group.risk)).toEqual(['write'])
  })

  it('reads names as a sentence does', () => {
    expect(namesInWords([])).toBe('')
    expect(namesInWords(['Triage bot'])).toBe('Triage bot')
    expect(namesInWords(['Triage bot', 'Digest'])).toBe('Triage bot and Digest')
    expect(namesInWords(['A', 'B', 'C'])).toBe('A, B and C')
  })
})
