import { expect, test } from 'vitest'
import { filterWords } from './revocation-words.ts'

test('says what a revocation reaches, and all of it', () => {
  const names = { github: 'GitHub' }
  expect(filterWords({ all: true }, names)).toBe('Everything')
  expect(filterWords({ user_id: 'ana', connector: 'github' }, names)).toBe('Everything of ana at GitHub')
  expect(filterWords({ auth_config_id: 'ac_1', connector: 'gone' }, names)).toBe(
    'Everything at gone through ac_1',
  )
  expect(filterWords({ connector: 'github', status: 'paused', attention: 'dormant' }, names)).toBe(
    'Everything at GitHub that is paused, not used for 90 days',
  )
  expect(filterWords({ agent_id: 'ag_1' }, names)).toBe('Everything that is in reach of ag_1')
  expect(filterWords({ chosen: 1 }, names)).toBe('1 chosen account')
})
