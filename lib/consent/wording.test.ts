import { expect, test } from 'vitest'
import { defineConnector, oauth2 } from '#lib/connector-kit'
import { translator } from '#lib/i18n'
import { consentText } from './text.ts'
import { buildConsentView, type ConsentFacts } from './view.ts'
import { withWording } from './wording.ts'

const t = translator('en')
const connector = defineConnector({
  id: 'notes',
  name: 'Notes',
  summary: 'Notes.',
  apiBaseUrl: '{api}',
  baseUrls: { api: 'https://notes.example' },
  auth: oauth2({
    authorizeUrl: '{api}/a',
    tokenUrl: '{api}/t',
    revoke: null,
    rotation: 'none',
    identity: { url: null, from: 'token_response', parse: () => ({ id: 'x', label: 'x' }) },
  }),
  scopes: {
    read: { does: 'read your notes', example: 'Sum up', risk: 'read' },
    write: { does: 'write notes', example: 'Note down', risk: 'write' },
    delete: { does: 'delete notes', example: 'Clear', risk: 'admin' },
  },
  purposes: { read: 'To know.', write: 'To note.', admin: 'To clear.' },
  apiErrors: [],
  tools: [],
})
const facts = (scopes: string[], more: Partial<ConsentFacts> = {}): ConsentFacts => ({
  session: {
    scopes: { notes: scopes },
    purpose: 'Plan the week',
    purposes: {},
    agents: [],
    return_url: null,
    user: { external_id: 'u', name: null, email: null },
  },
  connector,
  organization: { name: 'Acme', branding: {}, settings: {}, verifiedDomain: null },
  account: null,
  previous: null,
  ...more,
})
const renewed = (before: ConsentFacts, now: ConsentFacts, scopes: string[], locale = 'en') => {
  const text = consentText(buildConsentView(before, t), t)
  const previous = { consentedAt: new Date(), scopes, text, locale, resources: null }
  const view = buildConsentView({ ...now, account: { label: 'x' }, previous }, t)
  return withWording(view, previous, connector, t).change
}
const told = (change: ReturnType<typeof renewed>) =>
  change?.wording === 'other_language'
    ? change.wording
    : change?.wording.map(({ pieces }) => pieces.map(({ text }) => text).join(''))

test('other permissions are told as new and gone, and not as other words', () => {
  const change = renewed(facts(['read', 'write']), facts(['read', 'delete']), ['read', 'write'])
  expect(told(change)).toEqual([])
  expect(change?.gone).toEqual([{ scope: 'write', does: 'Write notes' }])
})

test('another reason, name or time is told with its words', () => {
  const now = facts(['read'])
  now.session = { ...now.session, purpose: 'Plan the month', purposes: { read: 'To find.' } }
  expect(told(renewed(facts(['read']), now, ['read']))).toEqual([
    'Why · Plan the weekmonth',
    'See · To knowfind.',
  ])
  const capped = facts(['read'])
  capped.organization = { ...capped.organization, settings: { consent_duration_days_max: 7 } }
  expect(told(renewed(facts(['read']), capped, ['read']))).toHaveLength(1)
})

test('the same again is told as no change, and another language as not to be compared', () => {
  expect(told(renewed(facts(['read']), facts(['read']), ['read']))).toEqual([])
  expect(told(renewed(facts(['read']), facts(['read']), ['read'], 'de'))).toBe('other_language')
})
