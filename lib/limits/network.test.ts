import { expect, test } from 'vitest'
import { networkOf } from './network.ts'

test('addresses of one IPv6 network count as one, spelt however they are; IPv4 ones each by itself', () => {
  expect(networkOf('2001:db8:1:1::1')).toBe('2001:db8:1:1::/64')
  expect(networkOf('2001:0DB8:0001:0001:ffff::9')).toBe('2001:db8:1:1::/64')
  expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:1::1'))
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7')
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7')
  expect([networkOf('unknown'), networkOf(''), networkOf(null)]).toEqual([null, null, null])
})
