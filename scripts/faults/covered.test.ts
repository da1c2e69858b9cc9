import { expect, test } from 'vitest'
import { covered } from './covered.ts'

test('names only tests that exist for the faults that it leaves to others', () => {
  const lines = covered()
  expect(lines.filter(({ verdict }) => verdict !== 'covered')).toEqual([])
  expect(lines.length).toBeGreaterThan(0)
})
