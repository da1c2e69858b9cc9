import { expect, test } from 'vitest'
import { networkOf, siteOf } from './network.ts'

test('addresses of one IPv6 network count as one, spelt however they are; IPv4 ones each by itself', () => {
  expect(networkOf('2001:db8:1:1::1')).toBe('2001:db8:1:1::/64')
  expect(networkOf('2001:0DB8:0001:0001:ffff::9')).toBe('2001:db8:1:1::/64')
  expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:1::1'))
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7')
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7')
  expect([networkOf('unknown'), networkOf(''), networkOf(null)]).toEqual([null, null, null])
})

test('networks of one customer are one site', () => {
  const site = (address: string) => siteOf(networkOf(address))
  expect(site('2001:db8:1:1::1')).toBe('2001:db8:1::/48')
  expect(site('2001:db8:1:ffff::9')).toBe(site('2001:db8:1::1'))
  expect(site('2001:db8:2:1::1')).not.toBe(site('2001:db8:1:1::1'))
  expect(site('203.0.113.7')).toBe('203.0.113.0/24')
  expect(site('::ffff:203.0.113.200')).toBe('203.0.113.0/24')
  expect(site('203.0.114.7')).toBe('203.0.114.0/24')
  expect([siteOf(null), siteOf('someone@acme.test')]).toEqual([null, null])
})
