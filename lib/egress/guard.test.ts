import { describe, expect, it } from 'vitest'
import { type EgressPurpose, parseAllow } from './allow.ts'
import { EgressError } from './errors.ts'
import { assertMayDial, type Dial, type GuardPolicy, Refusal } from './guard.ts'
import { isPinned, parseTarget } from './target.ts'

const open: GuardPolicy = { allow: [], default: 'public' }
const dialTo = (change: Partial<Dial> = {}): Dial => ({
  purpose: 'webhook',
  protocol: 'https:',
  hostname: 'hooks.example.com',
  port: 443,
  pinned: false,
  ...change,
})
const policy = (allow: string, fallback: 'public' | 'deny' = 'public'): GuardPolicy => ({
  allow: parseAllow(allow),
  default: fallback,
})

const linkLocal = [
  ...['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1', '::ffff:169.254.169.254'],
  ...['::ffff:a9fe:a9fe', '64:ff9b::169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1'],
  ...['::169.254.169.254', '::ffff:0:169.254.169.254', '64:ff9b:1::a9fe:a9fe'],
  ...['2001:0:a9fe:a9fe::1', '2001:0:4136:e378:8000:63bf:5601:5601', '2606:4700::5efe:a9fe:a9fe'],
]
const metadata = ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16', '192.0.0.192']
const notPublic = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255'],
  ...['192.168.1.1', '100.64.0.1', '100.127.255.255', '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1'],
  ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '192.88.99.1'],
  ...[
    '::',
    '::1',
    '::1%lo0',
    '::127.0.0.1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
  ],
  ...['::ffff:0:127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::a00:1'],
  ...['2002:7f00:1::', '2002:a00:1::', '2002:808:808::', '2001:0:4136:e378:8000:63bf:80ff:fffe'],
  ...[
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '3fff::1',
    '5f00::1',
    '4000::1',
  ],
  ...['2001:10::1', '2001:20::1', '2606:4700::5efe:127.0.0.1', '2606:4700::200:5efe:a00:1'],
]
const publicAddresses = ['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808']

describe('an address is judged by where its packets go', () => {
  for (const address of notPublic) {
    it(`refuses ${address}`, () => {
      expect(() => assertMayDial(dialTo(), [address], open)).toThrow(Refusal)
    })
  }
  for (const address of [...linkLocal, ...metadata]) {
    it(`refuses ${address} even if allow-listed by host and by network`, () => {
      const everything = policy('webhook=hooks.example.com,webhook=0.0.0.0/0,webhook=::/0')
      expect(() => assertMayDial(dialTo(), [address], everything)).toThrow(/link-local|instance-metadata/)
    })
  }
  for (const address of publicAddresses) {
    it(`reaches ${address}`, () => {
      expect(() => assertMayDial(dialTo(), [address], open)).not.toThrow()
    })
  }
  it('refuses what a resolver could only give by mistake', () => {
    for (const nonsense of [
      '',
      '0177.0.0.1',
      '0x7f000001',
      '2130706433',
      '127.1',
      'fe80',
      'example.com',
      '1.2.3.4 ',
    ]) {
      expect(() => assertMayDial(dialTo(), [nonsense], open), nonsense).toThrow(/not an address/)
    }
    expect(() => assertMayDial(dialTo(), [], open)).toThrow(/no address/)
  })
  it('refuses all addresses of a name when one of them is forbidden', () => {
    expect(() => assertMayDial(dialTo(), ['93.184.216.34', '10.0.0.1'], open)).toThrow(Refusal)
    expect(() => assertMayDial(dialTo(), ['::1', '93.184.216.34'], open)).toThrow(Refusal)
  })
})

describe('an allow rule', () => {
  it('opens its network or host for its own purpose only', () => {
    const rules = policy('webhook=10.0.0.0/8,provider=localhost:3001,siem=splunk.internal,oidc=fd12::/16')
    const may = (purpose: EgressPurpose, hostname: string, port: number, address: string) => () =>
      assertMayDial(dialTo({ purpose, hostname, port }), [address], rules)
    expect(may('webhook', 'hooks.internal', 443, '10.1.2.3')).not.toThrow()
    expect(may('webhook', 'hooks.internal', 443, '::ffff:10.1.2.3')).not.toThrow()
    expect(may('siem', 'hooks.internal', 443, '10.1.2.3')).toThrow(Refusal)
    expect(may('webhook', 'hooks.internal', 443, '11.1.2.3')).not.toThrow()
    expect(may('webhook', 'hooks.internal', 443, '192.168.0.1')).toThrow(Refusal)
    expect(may('provider', 'localhost', 3001, '127.0.0.1')).not.toThrow()
    expect(may('provider', 'localhost', 3002, '127.0.0.1')).toThrow(Refusal)
    expect(may('provider', 'sub.localhost', 3001, '127.0.0.1')).toThrow(Refusal)
    expect(may('siem', 'splunk.internal', 8088, '192.168.0.9')).not.toThrow()
    expect(may('oidc', 'idp.internal', 443, 'fd12::9')).not.toThrow()
  })

  it('is needed for plain http, even to a public address', () => {
    const plain = dialTo({ protocol: 'http:', port: 80 })
    expect(() => assertMayDial(plain, ['93.184.216.34'], open)).toThrow(/plain http/)
    expect(() => assertMayDial(plain, ['93.184.216.34'], policy('webhook=hooks.example.com'))).not.toThrow()
  })

  it('or a pin is needed for everything under deny, and a pin alone opens nothing private', () => {
    const deny = policy('webhook=10.0.0.0/8', 'deny')
    expect(() => assertMayDial(dialTo(), ['93.184.216.34'], deny)).toThrow(/pinned/)
    expect(() => assertMayDial(dialTo({ pinned: true }), ['93.184.216.34'], deny)).not.toThrow()
    expect(() => assertMayDial(dialTo({ pinned: true }), ['192.168.0.1'], deny)).toThrow(Refusal)
    expect(() => assertMayDial(dialTo(), ['10.0.0.1'], deny)).not.toThrow()
  })
})

describe('parseAllow', () => {
  it('reads hosts, ports, networks and nothing', () => {
    expect(parseAllow(' ')).toEqual([])
    expect(parseAllow('provider=LOCALHOST:3001, kms=[::1]:8200,siem=::1')).toEqual([
      { purpose: 'provider', host: 'localhost', port: 3001 },
      { purpose: 'kms', host: '[::1]', port: 8200 },
      { purpose: 'siem', host: '[::1]', port: undefined },
    ])
    expect(parseAllow('webhook=10.0.0.0/8')).toHaveLength(1)
  })

  const malformed = [
    ...[
      'localhost',
      'provider=',
      '=localhost',
      'Provider=localhost',
      'post=localhost',
      'provider=http://localhost',
    ],
    ...['provider=localhost:0', 'provider=localhost:99999', 'provider=localhost:x', 'provider=10.0.0.0/33'],
    ...['provider=10.0.0.0/', 'provider=010.0.0.0/8', 'provider=10/8', 'provider=a b', 'provider=user@host'],
    ...['provider=169.254.0.0/16', 'provider=fe80::/10', 'provider=*.example.com', 'provider=localhost.'],
  ]
  for (const piece of malformed) {
    it(`names ${piece} when it cannot be read`, () => {
      expect(() => parseAllow(`kms=vault.internal,${piece}`)).toThrow(`BEHALF_EGRESS_ALLOW: "${piece}"`)
    })
  }
  it('refuses an empty piece', () => {
    expect(() => parseAllow('kms=vault.internal,')).toThrow('BEHALF_EGRESS_ALLOW: ""')
  })
})

describe('a pinned host is compared exactly', () => {
  const hosts = ['api.github.com', 'auth.example.com:8443']
  const same = [
    ...['https://api.github.com/user', 'https://API.GitHub.com/user', 'https://api.github.com:443/user'],
    ...[
      'https://api.github.com',
      'https://api.github.com?x=@evil.com',
      'https://auth.example.com:8443/token',
    ],
    ...[
      'https://api.github.com/@evil.com',
      'https://api.github.com//evil.com',
      'https://api.github.com/#@evil.com',
    ],
  ]
  for (const url of same) it(`takes ${url}`, () => expect(isPinned(parseTarget(url), hosts)).toBe(true))

  const other = [
    ...['https://evil.com/', 'https://api.github.com.evil.com/', 'https://evil.com/api.github.com'],
    ...[
      'https://xapi.github.com/',
      'https://github.com/',
      'https://api.github.com:8443/',
      'https://api.github.com:80/',
    ],
    ...['https://auth.example.com/', 'https://auth.example.com:443/', 'https://evil.com?api.github.com'],
    ...[
      'https://evil.com#api.github.com',
      'https://xn--pi-7kc.github.com/',
      'https://api.github.com-evil.com/',
    ],
  ]
  for (const url of other) it(`refuses ${url}`, () => expect(isPinned(parseTarget(url), hosts)).toBe(false))

  it('matches nothing with an entry that is not a plain host', () => {
    const url = parseTarget('https://api.github.com/')
    for (const entry of [
      '',
      '*',
      'evil@api.github.com',
      'https://api.github.com',
      'api.github.com/',
      'api.github.com.',
    ]) {
      expect(isPinned(url, [entry]), entry).toBe(false)
    }
  })

  it('says that user information is what it refuses', () => {
    expect(() => parseTarget('https://user:kanarie@api.github.com/')).toThrow(/user information/)
  })

  const unreadable = [
    ...[
      'https://api.github.com@evil.com/',
      'https://user:kanarie@api.github.com/',
      'https://@api.github.com/',
    ],
    ...[
      '//evil.com/',
      '///evil.com',
      '/user',
      'https:evil.com',
      'https:/evil.com',
      'https:///evil.com',
      'https://',
    ],
    ...['https:\\\\evil.com', 'https://api.github.com\\@evil.com', 'https://api.github.com\\.evil.com/'],
    ...[
      'https://api.github.com./',
      'https://api.github.com\t.evil.com/',
      'https://api.github\n.com/',
      ' https://a.b/',
    ],
    ...[
      'https://api.github.com/\r\nHost: evil.com',
      'https://api.github.com/\0',
      'https://api.github.com/a b',
    ],
    ...[
      'https://аpi.github.com/',
      'https://ａpi.github.com/',
      'https://api。github.com/',
      'https://%61pi.github.com/',
    ],
    ...[
      'https://api.github.com:99999/',
      'https://api.github.com:/x',
      'https://api.github.com:443:80/',
      'https://[::1',
    ],
    ...[
      'https://[fe80::1%25eth0]/',
      'ftp://api.github.com/',
      'file:///etc/passwd',
      'data:,x',
      'javascript:1',
      '',
    ],
  ]
  for (const url of unreadable) {
    it(`does not read ${JSON.stringify(url)} at all`, () => {
      const parse = () => parseTarget(url)
      expect(parse).toThrow(EgressError)
      expect(parse).toThrow(expect.objectContaining({ kind: 'refused', requestSent: false }))
      expect(parse).not.toThrow(/kanarie|evil|github/)
    })
  }
})
