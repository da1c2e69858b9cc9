import { expect, test } from 'vitest'
import { negotiate, translator } from './index.ts'
import { fill } from './schema.ts'

test('the host asks first, the browser second, and English stands in for what nobody has', () => {
  expect(negotiate('de-CH', 'fr')).toBe('de')
  expect(negotiate(null, 'xx, fr;q=0.5, pl;q=0.9, de;q=0')).toBe('pl')
  expect(negotiate('tlh', 'iw-IL')).toBe('he')
  expect(negotiate(null, null)).toBe('en')
  expect(negotiate(null, ';;;q=x,,')).toBe('en')
})

test('the pseudo-locale is only for those who may ask for it', () => {
  expect(negotiate('en-XA', null)).toBe('en')
  expect(negotiate('en-XA', null, true)).toBe('en-XA')
})

test('the pseudo-locale changes the words and keeps the meaning', () => {
  const [plain, odd] = [translator('en'), translator('en-XA')].map((t) => t('frame.kept_by'))
  expect(odd).not.toBe(plain)
  expect(odd?.length).toBeGreaterThan((plain?.length ?? 0) * 1.2)
})

test('the pseudo-locale leaves the arguments of a client text as they are', () => {
  const { waiting_body } = translator('en-XA').texts('entry')
  expect(waiting_body).toContain('{organization}')
  expect(waiting_body).not.toBe(translator('en').texts('entry').waiting_body)
})

test("an organization's own text stands in for ours", () => {
  expect(translator('de', { 'frame.kept_by': 'Wir passen auf.' })('frame.kept_by')).toBe('Wir passen auf.')
})

test('a text for the client keeps what it has no value for', () => {
  expect(fill('{a} in {b}', { a: '{b}' })).toBe('{b} in {b}')
})
