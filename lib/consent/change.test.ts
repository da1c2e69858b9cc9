import { describe, expect, it } from 'vitest'
import { piecesOf, rewordings } from './change.ts'

const spell = (before: string, now: string, lang = 'en') =>
  piecesOf(before, now, lang)
    .map(({ text, was }) => (was === 'same' ? text : was === 'gone' ? `[-${text}-]` : `{+${text}+}`))
    .join('')

describe('the difference of two wordings', () => {
  it('tells which words went and which came', () => {
    expect(spell('read your tasks', 'read your tasks')).toBe('read your tasks')
    expect(spell('due this week', 'due this month')).toBe('due this [-week-]{+month+}')
    expect(spell('', 'new')).toBe('{+new+}')
    expect(spell('old', '')).toBe('[-old-]')
    expect(spell('a b c d', 'a x y d')).toBe('a [-b c-]{+x y+} d')
  })

  it('leaves both texts whole, whatever changed', () => {
    const pairs: [string, string, string][] = [
      ['Read your tasks · For example: today', 'Read all tasks · For example: tomorrow', 'en'],
      ['あなたのタスクを読む', 'あなたのタスクを読み書きする', 'ja'],
      ['قراءة مهامك', 'قراءة كل مهامك', 'ar'],
      ['a '.repeat(500), 'b '.repeat(500), 'en'],
    ]
    for (const [before, now, lang] of pairs) {
      const pieces = piecesOf(before, now, lang)
      const without = (was: string) =>
        pieces
          .filter((piece) => piece.was !== was)
          .map(({ text }) => text)
          .join('')
      expect(without('new')).toBe(before)
      expect(without('gone')).toBe(now)
    }
  })

  it('compares what is about the same thing, and leaves new and dropped permissions out', () => {
    const before = ['Why · Plan the week', 'See · Read tasks · tasks:read', 'See · Read notes · notes:read']
    const now = ['Why · Plan the month', 'See · Read all tasks · tasks:read', 'See · Write · tasks:write']
    const told = rewordings(before, now, ['tasks:read', 'tasks:write', 'notes:read'], 'en')
    expect(told.map(({ pieces }) => pieces.map(({ text }) => text).join(''))).toEqual([
      'Why · Plan the weekmonth',
      'See · Read all tasks · tasks:read',
    ])
    expect(rewordings(before, before, ['tasks:read'], 'en')).toEqual([])
  })

  it('pairs lines that share a subject by place, and tells of one that has no partner', () => {
    const told = rewordings(
      ['Cannot · Delete', 'Cannot · Send'],
      ['Cannot · Delete', 'Cannot · Send mail', 'Cannot · Pay'],
      [],
      'en',
    )
    expect(told).toHaveLength(2)
    expect(told[1]?.pieces).toEqual([{ text: 'Cannot · Pay', was: 'new' }])
  })
})
