import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { readGithub } from './github.ts'
import type { Delivery, Notice } from './notice.ts'
import { readSlack } from './slack.ts'
import { readStripe } from './stripe.ts'
import { readZoom } from './zoom.ts'

const secret = '8f742231b10e8888abcd99yyyzzz85a5'
const now = new Date('2026-11-21T12:00:00Z')
const seconds = now.getTime() / 1000

/** How each provider signs, written from its documentation and not from our code. */
const mac = (data: string, key = secret) => createHmac('sha256', key).update(data).digest('hex')
type Signer = (body: string, time: number, key?: string) => Record<string, string>
const signers: Record<string, Signer> = {
  github: (body, _time, key) => ({
    'x-hub-signature-256': `sha256=${mac(body, key)}`,
    'x-github-event': 'github_app_authorization',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  }),
  slack: (body, time, key) => ({
    'x-slack-request-timestamp': String(time),
    'x-slack-signature': `v0=${mac(`v0:${time}:${body}`, key)}`,
  }),
  stripe: (body, time, key) => ({ 'stripe-signature': `t=${time},v1=${mac(`${time}.${body}`, key)},v0=00` }),
  zoom: (body, time, key) => ({
    'x-zm-request-timestamp': String(time),
    'x-zm-signature': `v0=${mac(`v0:${time}:${body}`, key)}`,
  }),
}

const bodies = {
  github: { action: 'revoked', sender: { id: 21031067, login: 'octocat' } },
  slack: {
    token: 'XXYYZZ',
    team_id: 'T1',
    api_app_id: 'A1',
    event: { type: 'tokens_revoked', tokens: { oauth: ['U1', 'U2'], bot: ['UBOT'] } },
    type: 'event_callback',
    event_id: 'Ev1',
    event_time: seconds - 10,
  },
  stripe: {
    id: 'evt_1',
    object: 'event',
    account: 'acct_1',
    created: seconds - 10,
    type: 'account.application.deauthorized',
    data: { object: { id: 'ca_1', object: 'application' } },
  },
  zoom: {
    event: 'app_deauthorized',
    event_ts: (seconds - 10) * 1000,
    payload: { account_id: 'EabC', user_id: 'z9jk', client_id: 'ADZ9', signature: '827e' },
  },
}
const readers = { github: readGithub, slack: readSlack, stripe: readStripe, zoom: readZoom }
type Scheme = keyof typeof readers
const schemes = Object.keys(readers) as Scheme[]

const deliver = (
  scheme: Scheme,
  body: unknown = bodies[scheme],
  { time = seconds, key, sent }: { time?: number; key?: string; sent?: string } = {},
): Notice => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = new Headers(signers[scheme]?.(text, time, key))
  const delivery: Delivery = { headers, body: Buffer.from(sent ?? text), now }
  return readers[scheme](delivery, secret)
}
const unproven = expect.objectContaining({ code: 'unauthenticated' })

test.each([
  ['github', ['21031067'], null],
  ['slack', ['T1/U1', 'T1/U2'], seconds - 10],
  ['stripe', ['acct_1'], seconds - 10],
  ['zoom', ['z9jk'], seconds - 10],
] as const)('reads whose access ended from what %s sends', (scheme, accounts, at) => {
  expect(deliver(scheme)).toMatchObject({
    kind: 'news',
    at: at === null ? null : new Date(at * 1000),
    ended: accounts.map((account) => ({ account, tokensEnded: true })),
  })
})

test.each(schemes)('refuses a delivery of %s that is signed with another secret', (scheme) => {
  expect(() => deliver(scheme, undefined, { key: `${secret}x` })).toThrow(unproven)
})

test.each(schemes)('refuses a delivery of %s that was written anew after it was signed', (scheme) => {
  const sent = JSON.stringify(bodies[scheme], null, 1)
  expect(() => deliver(scheme, undefined, { sent })).toThrow(unproven)
})

test.each(schemes)('refuses a delivery of %s without a signature, and with an empty one', (scheme) => {
  const body = Buffer.from(JSON.stringify(bodies[scheme]))
  const names = Object.keys(signers[scheme]?.('', seconds) ?? {})
  const empty = new Headers(names.map((name): [string, string] => [name, '']))
  for (const headers of [new Headers(), empty]) {
    expect(() => readers[scheme]({ headers, body, now }, secret)).toThrow(unproven)
  }
})

test.each(['slack', 'stripe', 'zoom'] as const)(
  'refuses a delivery of %s that is more than five minutes old, or of the future',
  (scheme) => {
    expect(deliver(scheme, undefined, { time: seconds - 299 }).kind).toBe('news')
    for (const time of [seconds - 301, seconds + 301]) {
      expect(() => deliver(scheme, undefined, { time })).toThrow(unproven)
    }
  },
)

test('takes any of the signatures that Stripe sends while a secret is being rolled', () => {
  const body = JSON.stringify(bodies.stripe)
  const good = mac(`${seconds}.${body}`)
  const headers = new Headers({ 'stripe-signature': `t=${seconds},v1=${'0'.repeat(64)},v1=${good}` })
  expect(readStripe({ headers, body: Buffer.from(body), now }, secret)).toMatchObject({ id: 'evt_1' })
})

test('knows a repeated delivery by the id that the provider gave it, or else by its bytes', () => {
  const ids = schemes.map((scheme) => {
    const [one, two] = [deliver(scheme), deliver(scheme, undefined, { time: seconds + 60 })]
    expect(one).toEqual(two)
    return one.kind === 'news' ? one.id : null
  })
  expect(ids.slice(0, 3)).toEqual(['72d3162e-cc78-11e3-81ab-4c9367dc0958', 'Ev1', 'evt_1'])
  const later = deliver('zoom', { ...bodies.zoom, event_ts: seconds * 1000 })
  expect(later.kind === 'news' && later.id).not.toBe(ids[3])
})

test('answers what Slack and Zoom ask to prove the address, and only when they have signed it', () => {
  const asked = { type: 'url_verification', token: 'x', challenge: '3eZbrw1a' }
  expect(deliver('slack', asked)).toEqual({ kind: 'challenge', answer: { challenge: '3eZbrw1a' } })
  expect(() => deliver('slack', asked, { key: 'other' })).toThrow(unproven)
  const plain = { event: 'endpoint.url_validation', payload: { plainToken: 'qgg8v' } }
  expect(deliver('zoom', plain)).toEqual({
    kind: 'challenge',
    answer: { plainToken: 'qgg8v', encryptedToken: mac('qgg8v') },
  })
})

test('ends a whole workspace when the app is taken out of it', () => {
  const body = { ...bodies.slack, event: { type: 'app_uninstalled' } }
  expect(deliver('slack', body)).toMatchObject({ ended: [{ account: 'T1', workspace: true }] })
})

test('ends nothing for news of another kind, or that does not fit', () => {
  const others: [Scheme, unknown][] = [
    ['github', { action: 'created', sender: { id: 1 } }],
    ['github', { action: 'revoked' }],
    ['slack', { ...bodies.slack, event: { type: 'message', text: 'hi' } }],
    ['slack', { ...bodies.slack, event: { type: 'tokens_revoked', tokens: { bot: ['U1'] } } }],
    ['slack', { type: 'event_callback' }],
    ['stripe', { ...bodies.stripe, type: 'account.updated' }],
    ['zoom', { ...bodies.zoom, event: 'meeting.started' }],
    ['zoom', []],
  ]
  for (const [scheme, body] of others) {
    expect(deliver(scheme, body), JSON.stringify(body)).toMatchObject({ kind: 'news', ended: [] })
  }
})

test('refuses a signed body that is not JSON', () => {
  const notJson = expect.objectContaining({ code: 'invalid_json' })
  for (const scheme of schemes) expect(() => deliver(scheme, '{"a":')).toThrow(notJson)
})
