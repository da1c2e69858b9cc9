import { expect, test } from 'vitest'
import { lineDiff } from './line-diff.ts'

const side = (before: string, after: string, without: 'gone' | 'new') =>
  lineDiff(before, after)
    .filter(({ kind }) => kind !== without)
    .map(({ text }) => text)
    .join('\n')

test('a diff holds both texts whole, and says nothing of what stayed', () => {
  const texts = ['', 'a', 'a\nb\nc', 'a\nx\nc', 'c\nb\na', 'a\nb\nb\nc\nd', '\n\n', 'x\na\nb\nc\ny']
  for (const before of texts)
    for (const after of texts) {
      expect(side(before, after, 'new')).toBe(before)
      expect(side(before, after, 'gone')).toBe(after)
    }
  expect(lineDiff('a\nb\nc', 'a\nx\nc').map(({ kind }) => kind)).toEqual(['same', 'gone', 'new', 'same'])
  expect(lineDiff('a\nb', 'a\nb').every(({ kind }) => kind === 'same')).toBe(true)
})

test('two long texts without a line in common are told without comparing every line with every other', () => {
  const text = (name: string) => Array.from({ length: 5_000 }, (_, at) => `${name} ${at}`).join('\n')
  expect(lineDiff(text('a'), text('b'))).toHaveLength(10_000)
})
