import { CompactSign, calculateJwkThumbprint, flattenedVerify, importJWK } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { sandbox } from '../../../connectors/sandbox/index.ts'
import { composeReceipt, type ReceiptFacts } from './compose.ts'
import { type ReceiptFormat, receipt as receiptSchema, receiptType } from './fields.ts'
import { receiptFile } from './files.ts'
import { canonicalBytes, type Jwk, sha256Hex } from './jws.ts'
import type { ReceiptSigner, StoredReceipt } from './store.ts'
import { verifyReceipt } from './verify.ts'

type Key = { jwk: Jwk; signer: ReceiptSigner }

async function newKey(): Promise<Key> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const { kty = '', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const kid = await calculateJwkThumbprint({ kty, crv, x, y })
  return {
    jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' },
    signer: {
      kid,
      sign: (typ, payload, more = {}) =>
        new CompactSign(payload)
          .setProtectedHeader({ alg: 'ES256', typ, kid, ...more })
          .sign(pair.privateKey),
    },
  }
}

const facts: ReceiptFacts = {
  issuer: 'https://behalf.example.com',
  issuedAt: new Date('2026-11-21T10:00:00Z'),
  locale: 'en',
  connector: sandbox,
  organization: {
    id: 'acme',
    name: 'Acme <Inc> & "Sons"',
    url: 'https://acme.example',
    privacyUrl: null,
    manageUrl: 'https://behalf.example/my/org_1',
  },
  user: { id: 'u_42', name: 'Ana Souza', email: 'ana@acme.test' },
  agents: [
    { id: 'ag_1', name: 'Planner', owner: 'Ops' },
    { id: 'ag_2', name: 'Scribe', owner: null },
  ],
  connection: {
    id: 'cn_0190',
    accountId: 'ca_0190',
    sessionId: 'cs_0190',
    previousId: null,
    scopesRequested: ['tasks:read', 'tasks:write'],
    scopesGranted: ['tasks:read'],
    scopesRefused: ['tasks:delete'],
    purpose: 'To plan\r\nyour week',
    text: 'Let Planner act\nfor </script> you\r\n\tand "nobody" else — ünïcode 日本',
    hash: 'v2:abc',
    consentedAt: new Date('2026-11-21T09:59:00Z'),
    expiresAt: new Date('2026-12-21T09:59:00Z'),
    resources: { projects: [{ id: 'p1', label: 'Website' }] },
  },
  account: { id: 'ana', label: 'ana@acme.test' },
  confirmation: { method: 'host', by: { type: 'api_key', id: 'key_1' } },
}

async function stored(key: Key, given = facts): Promise<StoredReceipt> {
  const receipt = composeReceipt(given)
  const payload = canonicalBytes(receipt)
  const jws = await key.signer.sign(receiptType, payload, { payload_sha256: sha256Hex(payload) })
  return { jws, kid: key.signer.kid, receipt }
}

let key: Key
let later: Key
let other: Key
const files = {} as Record<ReceiptFormat, Buffer>
beforeAll(async () => {
  ;[key, later, other] = [await newKey(), await newKey(), await newKey()]
  const made = await stored(key)
  for (const format of ['json', 'html', 'jws'] as const) {
    // Sealed under a later key than it was signed with: keys rotate.
    const file = await receiptFile(made, format, [later.jwk, key.jwk], later.signer)
    files[format] = Buffer.from(file.body)
  }
})
const published = () => [later.jwk, key.jwk]

test.each(['json', 'html', 'jws'] as const)(
  'a receipt as %s is whole, and its key is published',
  async (format) => {
    const report = await verifyReceipt(files[format], published())
    expect(report).toMatchObject({ kind: format, problems: [], published: true, kid: key.jwk.kid })
    expect(report.receipt).toEqual(receiptSchema.parse(composeReceipt(facts)))
  },
)

test('a receipt says what was refused, by whom, for how long, and how to take it back', () => {
  const { words, purposes, event } = composeReceipt(facts)
  const row = (label: RegExp) => words.rows.find((one) => label.test(one.label))?.lines.join(' ')
  expect(words.summary).toBe('Planner and Scribe may use Acme Tasks as ana@acme.test.')
  expect(row(/^Allowed/)).toMatch(/tasks/i)
  expect(row(/^Not allowed/)).toMatch(/delete/i)
  expect(row(/did not allow/)).toBeTruthy()
  expect(row(/^Only here/)).toBe('Website')
  expect(row(/^Until/)).toBe('December 21, 2026 at 9:59 AM (UTC)')
  expect(row(/take it back/)).toMatch(/Acme <Inc>/)
  expect(purposes[0]).toMatchObject({ lawful_basis: 'consent', pii_controllers: ['acme'] })
  expect(event.validity_duration_seconds).toBe(30 * 86_400)
})

test('the JSON file is a JWS that any library reads', async () => {
  const file = JSON.parse(files.json.toString())
  const { payload } = await flattenedVerify(file, await importJWK(file.public_jwk, 'ES256'))
  expect(JSON.parse(Buffer.from(payload).toString())).toEqual(file.decoded.receipt)
})

test.each(['json', 'html'] as const)(
  'a whole %s whose key nobody vouches for is not called genuine',
  async (format) => {
    expect(await verifyReceipt(files[format], null)).toMatchObject({ problems: [], published: null })
  },
)

test.each(['json', 'html', 'jws'] as const)(
  "a receipt as %s of another deployment's key is refused",
  async (format) => {
    const forged = await receiptFile(await stored(other), format, [other.jwk], other.signer)
    const report = await verifyReceipt(Buffer.from(forged.body), published())
    if (format === 'jws') expect(report.problems.join()).toMatch(/^key unknown/)
    else expect(report).toMatchObject({ problems: [], published: false })
    // The name of a published key, on a signature by another.
    const claimed = await receiptFile(
      await stored({ ...other, signer: { ...other.signer, kid: key.jwk.kid } }),
      format,
      [{ ...other.jwk, kid: key.jwk.kid }],
      { ...other.signer, kid: key.jwk.kid },
    )
    expect((await verifyReceipt(Buffer.from(claimed.body), published())).problems).not.toEqual([])
  },
)

test('a page that is sealed by another deployment is refused, though the receipt in it is genuine', async () => {
  const file = await receiptFile(await stored(key), 'html', [key.jwk, other.jwk], other.signer)
  const report = await verifyReceipt(Buffer.from(file.body), published())
  expect(report).toMatchObject({ problems: [], published: false })
})

/** Numbers that come again in the same order, so that a failure can be seen again (mulberry32). */
function sequence(seed: number): (below: number) => number {
  let a = seed
  return (below) => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const located = {
  jws: /^(header altered|payload altered|signature altered|key unknown|this is no receipt)/,
  json: /(header|payload|signature|key) altered|at file\.|line \d+|member "|key unknown|this is no receipt/,
  html: /line \d+ of|seal altered/,
}

test.each(['json', 'html', 'jws'] as const)(
  'any one byte that is flipped in a %s is named',
  async (format) => {
    const random = sequence(20261121)
    const whole = files[format]
    const parts = new Set<string>()
    for (let n = 0; n < 300; n++) {
      const bytes = Buffer.from(whole)
      const at = random(bytes.length)
      const flip = n % 2 === 0 ? 1 << random(8) : 1 + random(255)
      bytes[at] = (bytes[at] ?? 0) ^ flip
      const { problems } = await verifyReceipt(bytes, published())
      const change = `byte ${at} ^ ${flip}: ${JSON.stringify(bytes.subarray(at - 20, at + 20).toString('latin1'))}`
      expect(problems.join('\n'), change).toMatch(located[format])
      for (const problem of problems) parts.add(problem.split(/[ :]/)[0] ?? '')
    }
    expect(parts.size).toBeGreaterThan(1)
  },
  60_000,
)

test('a change is named by what it was: text, payload, header, signature', async () => {
  const changed = async (format: ReceiptFormat, from: string, to: string) => {
    const text = files[format].toString()
    expect(text).toContain(from)
    return (await verifyReceipt(Buffer.from(text.replace(from, to)), published())).problems.join('\n')
  }
  expect(await changed('html', '<h1>Consent', '<h1>Content')).toMatch(
    /changed in line \d+ of \d+: "<h1>Content/,
  )
  expect(await changed('json', '"sub": "u_42"', '"sub": "u_43"')).toBe(
    'the file differs from what was signed at file.decoded.receipt.sub: "u_43" instead of "u_42"',
  )
  const [head = '', payload = '', signature = ''] = files.jws.toString().split('.')
  const with42 = Buffer.from(payload, 'base64url').toString()
  const with43 = Buffer.from(with42.replace('"sub":"u_42"', '"sub":"u_43"')).toString('base64url')
  expect(await changed('json', payload, with43)).toMatch(
    /^payload altered: .*\nthe payload says "u_43" at receipt.sub, where "u_42" was signed$/,
  )
  const compact = async (text: string) =>
    (await verifyReceipt(Buffer.from(text), published())).problems.join()
  expect(await compact(`${head}.${with43}.${signature}`)).toMatch(/^payload altered/)
  const none = Buffer.from(Buffer.from(head, 'base64url').toString().replace('ES256', 'none')).toString(
    'base64url',
  )
  expect(await compact(`${none}.${payload}.${signature}`)).toBe('header altered: alg is not what was signed')
  const last = signature.endsWith('A') ? 'Q' : 'A'
  expect(await compact(`${head}.${payload}.${signature.slice(0, -1)}${last}`)).toMatch(/^signature altered/)
})

test('the page is in the language of the person, and runs from right to left where that does', async () => {
  const { body } = await receiptFile(
    await stored(key, { ...facts, locale: 'ar' }),
    'html',
    [key.jwk],
    key.signer,
  )
  expect(body).toContain('<html lang="ar" dir="rtl">')
  expect((await verifyReceipt(Buffer.from(body), published())).problems).toEqual([])
})
