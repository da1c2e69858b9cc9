import { expect, test } from 'vitest'
import { takesTwo } from './request-schema.ts'

const share = (reached: number, active: number) => ({ reached, active })

test.each([
  ['everything, however little it is', {}, share(0, 0)],
  ['everything that is active', { status: 'active' }, share(1, 1)],
  ['every row, picked by hand', { chosen: 2 }, share(2, 2)],
  ['a filter that everything matches', { attention: 'dormant' }, share(40, 40)],
  ['an agent that everybody let in', { agent_id: 'ag_1' }, share(3, 3)],
  ['half of what is active, and more than 25', { chosen: 26 }, share(26, 52)],
])('takes two people: %s', (_what, filter, of) => {
  expect(takesTwo(filter, of)).toBe(true)
})

test.each([
  ['one connector, whatever it is of all', { connector: 'github' }, share(100, 100)],
  ['what needs attention at one connector', { connector: 'github', attention: 'dormant' }, share(90, 100)],
  ['one person', { user_id: 'u_1' }, share(3, 3)],
  ['a single account, also where it is the only one', { chosen: 1 }, share(1, 1)],
  ['less than half', { chosen: 49 }, share(49, 99)],
  ['a good half of few', { chosen: 25 }, share(25, 30)],
  ['what works no more', { status: 'needs_reauth' }, share(0, 100)],
])('is for one person: %s', (_what, filter, of) => {
  expect(takesTwo(filter, of)).toBe(false)
})
