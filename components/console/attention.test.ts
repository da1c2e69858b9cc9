import { expect, it } from 'vitest'
import { permits } from '#lib/identity/schema'
import { attentionItems, type Counted } from './attention-items.ts'

const none = { count: 0, more: false }
const nothing: Counted = {
  needs_reauth: none,
  dormant: none,
  over_granted: none,
  expiring_consents: none,
  expiring_keys: none,
  expiring_credentials: none,
  refused_calls: none,
  pending_approvals: none,
  pending_requests: none,
  pending_revocations: none,
  failing: [],
  unusual: [],
}
const items = (attention: Partial<Counted>, role = 'owner', incidents: string[] = []) =>
  attentionItems({
    attention: { ...nothing, ...attention },
    incidents,
    connectorNames: { github: 'GitHub' },
    base: '/console/acme',
    may: (permission) => permits(role, permission),
  })

it('says nothing where there is nothing', () => {
  expect(items({})).toEqual([])
})

it('leads from each count to the list that shows what was counted', () => {
  expect(items({ needs_reauth: { count: 1, more: false } })).toMatchObject([
    {
      count: '1',
      title: 'account needs its user to sign in again',
      href: '/console/acme/accounts?status=needs_reauth',
    },
  ])
  expect(items({ dormant: { count: 1000, more: true } })).toMatchObject([{ count: '1,000+' }])
  expect(items({ failing: [{ connector: 'github', failed: 9 }] })[0]?.about).toContain('GitHub (9 calls)')
})

it('counts for nobody what they may not look at', () => {
  const waiting = { pending_approvals: { count: 2, more: false }, expiring_keys: { count: 1, more: false } }
  expect(items(waiting, 'support', ['github']).map(({ id }) => id)).toEqual(['incidents'])
  expect(items(waiting, 'developer', ['github']).map(({ id }) => id)).toEqual(['expiring_keys'])
})

it('puts what cannot wait first', () => {
  const all = items(
    { dormant: { count: 1, more: false }, pending_approvals: { count: 1, more: false } },
    'owner',
    ['github'],
  )
  expect(all.map(({ id }) => id)).toEqual(['incidents', 'pending_approvals', 'dormant'])
})

it('leads to an agent that is refused often or deletes much, and says both', () => {
  const agent = { id: 'ag_1', name: 'Mira', refused: 12, deleted: 3 }
  expect(items({ unusual: [agent, { ...agent, refused: 0, deleted: 40 }] })).toMatchObject([
    {
      count: '12',
      title: 'refused calls of Mira in 24 hours',
      href: '/console/acme/agents/ag_1',
      urgent: true,
    },
    { count: '40', title: 'deletions of Mira in 24 hours', about: expect.not.stringContaining('And') },
  ])
  expect(items({ unusual: [agent] })[0]?.about).toContain('And 3 deletions.')
  expect(items({ unusual: [{ ...agent, refused: 1 }] })[0]?.about).toContain('And 1 refused call.')
})
