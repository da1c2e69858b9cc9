import { expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { issueLinkIn, issueSignInLinkIn, redeemSignInLink } from '../index.ts'
import {
  acme,
  ada,
  audit,
  connected,
  globex,
  idp,
  leavesNothing,
  members,
  prepareSso,
  refused,
  signIn,
  superuser,
} from './testing.ts'

prepareSso()

test('makes a member at the first sign-in, with the role that comes first of what their groups are bound to', async () => {
  const { member, authTime } = await signIn()
  expect(await members()).toEqual([
    expect.objectContaining({
      id: member.id,
      email: 'ada@acme.test',
      role: 'security_admin',
      iss: idp.issuer,
      sub: 'ada',
    }),
  ])
  expect(Date.now() / 1000 - authTime).toBeLessThan(60)
  expect(audit).toEqual([
    { action: 'member.created', org: 'acme', details: { role: 'security_admin', by: 'sso' } },
  ])
  expect(Object.fromEntries(idp.state.lastAsked)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    scope: 'openid email',
  })
})

test('knows whoever comes again by issuer and subject, whatever address they have by then', async () => {
  const { member } = await signIn()
  idp.state.person = { ...ada(), email: 'ada.l@elsewhere.test', email_verified: false }
  expect((await signIn()).member.id).toBe(member.id)
  expect(await members()).toHaveLength(1)
})

test('gives the role that the groups have now, puts out whoever has none left, and lets them back in with them', async () => {
  const { member } = await signIn()
  idp.state.person = { ...ada(), groups: ['staff'] }
  const again = await signIn()
  expect(again.member).toMatchObject({ id: member.id, role: 'developer' })
  expect(again.member.sessionVersion).toBeGreaterThan(member.sessionVersion)
  idp.state.person = { ...ada(), groups: [] }
  expect(await refused(signIn())).toBe('no_role')
  const [out] = await members()
  expect(out).toMatchObject({ disabled: true })
  expect(out?.version).toBeGreaterThan(again.member.sessionVersion)
  idp.state.person = { ...ada(), groups: ['staff'] }
  expect((await signIn()).member).toMatchObject({ id: member.id, role: 'developer' })
  expect(audit.map(({ action }) => action)).toEqual([
    'member.created',
    'member.role_changed',
    'member.disabled',
    'member.sign_in_refused',
    'member.enabled',
  ])
})

test('does not let back in whom a person removed, nor leaves the role that a person gave to the groups', async () => {
  const { member } = await signIn()
  await superuser.sql(`UPDATE members SET role_by = 'hand', role = 'owner' WHERE id = $1`, [member.id])
  idp.state.person = { ...ada(), groups: [] }
  expect((await signIn()).member.role).toBe('owner')
  await superuser.sql('UPDATE members SET disabled_at = now() WHERE id = $1', [member.id])
  expect(await refused(signIn())).toBe('removed')
  expect(await members()).toHaveLength(1)
})

test('makes nobody a member without a bound group, or where the connection makes none', async () => {
  idp.state.person = { ...ada(), groups: ['guests'] }
  await leavesNothing(signIn(), 'no_role')
  audit.length = 0
  await superuser.sql('UPDATE sso_connections SET creates_members = false')
  idp.state.person = ada()
  await leavesNothing(signIn(), 'not_a_member')
})

test('keeps two orgs apart that trust the same identity provider: the same person is two members', async () => {
  await superuser.sql('DELETE FROM sso_connections WHERE org_id = $1', [globex.orgId])
  const shared = await connected(globex, idp.issuer)
  const here = await signIn()
  idp.state.person = { ...ada(), email: 'ada@globex.test' }
  const there = await signIn({ tenant: globex, connection: shared })
  expect(there.member.id).not.toBe(here.member.id)
  expect(await members()).toHaveLength(1)
})

test('joins nobody by address: another key with the address of a member is refused', async () => {
  await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'ADA@acme.test', 'owner'))
  const before = await members()
  expect(await refused(signIn())).toBe('address_taken')
  expect(await members()).toEqual(before)
  await superuser.sql('DELETE FROM sign_in_links')
  await superuser.sql('DELETE FROM members')
  const { member } = await signIn()
  idp.state.person = { ...ada(), sub: 'another ada' }
  expect(await refused(signIn())).toBe('address_taken')
  expect(await members()).toEqual([expect.objectContaining({ id: member.id, sub: 'ada' })])
})

test.for([
  ['refuted', { email_verified: false }, 'email_unverified'],
  ['refuted as text', { email_verified: 'false' }, 'email_unverified'],
  ['refuted by something odd', { email_verified: 1 }, 'email_unverified'],
  ['absent', { email: undefined }, 'email_unverified'],
  ['no address', { email: 'ada' }, 'email_unverified'],
  ['of a domain below', { email: 'ada@sub.acme.test' }, 'email_foreign'],
  ['of another org’s domain', { email: 'ceo@globex.test' }, 'email_foreign'],
  ['two in one', { email: 'ada@globex.test,ada@acme.test' }, 'email_unverified'],
] as const)('makes no member of an address that is %s', async ([, claims, reason]) => {
  idp.state.lies = { claims }
  await leavesNothing(signIn(), reason)
})

test('binds whoever was invited by their link alone, and only once', async () => {
  const invite = async (email: string) => {
    await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, email, 'auditor'))
    const [row] = (await members()).filter((one) => one.email === email)
    return forOrg(acme, (tx) => issueLinkIn(tx, acme, String(row?.id)))
  }
  idp.state.person = { ...ada(), email: 'whatever@elsewhere.test', groups: [] }
  const token = await invite('ada@acme.test')
  const { member } = await signIn({ purpose: { kind: 'invitation', token } })
  expect(await members()).toEqual([
    expect.objectContaining({ id: member.id, email: 'ada@acme.test', role: 'auditor', sub: 'ada' }),
  ])
  expect(await refused(signIn({ purpose: { kind: 'invitation', token } }))).toBe('invitation')
  expect((await signIn()).member.id).toBe(member.id)
  const second = await invite('bob@acme.test')
  expect(await refused(signIn({ purpose: { kind: 'invitation', token: second } }))).toBe('key_taken')
  // The link stays good: what was refused was undone.
  expect(await redeemSignInLink(second)).toMatchObject({ email: 'bob@acme.test' })
})

test('takes an invitation of another org for nothing', async () => {
  const token = await forOrg(globex, (tx) => issueSignInLinkIn(tx, globex, 'ada@globex.test', 'owner'))
  expect(await refused(signIn({ purpose: { kind: 'invitation', token } }))).toBe('invitation')
  expect(await members('globex')).toEqual([expect.objectContaining({ iss: null, sub: null })])
})

test('steps up whoever just signed in again as the same person, and nobody else', async () => {
  const { member } = await signIn()
  const purpose = { kind: 'step_up', memberId: member.id } as const
  const { authTime } = await signIn({ purpose })
  expect(Date.now() / 1000 - authTime).toBeLessThan(60)
  expect(Object.fromEntries(idp.state.lastAsked)).toMatchObject({ prompt: 'login', max_age: '0' })
  idp.state.lies = { authTime: Math.floor(Date.now() / 1000) - 600 }
  expect(await refused(signIn({ purpose }))).toBe('not_fresh')
  idp.state.lies = { authTime: null }
  expect(await refused(signIn({ purpose }))).toBe('not_fresh')
  idp.state.lies = {}
  idp.state.person = { ...ada(), sub: 'bob' }
  expect(await refused(signIn({ purpose }))).toBe('other_person')
})

test('counts a sign-in of which it is not said when it was as an old one', async () => {
  idp.state.lies = { authTime: null }
  expect((await signIn()).authTime).toBe(0)
})
