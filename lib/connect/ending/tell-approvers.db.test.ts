// Whoever could approve a revocation is written to; the letter says what was asked, and decides nothing.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deployment, forOrg } from '#lib/db'
import { authenticateMember, inviteMemberIn, noteSignInIn } from '#lib/identity'
import type { MemberRole } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { mailPerHourMax } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type MailServer, startMailServer } from '../../../scripts/testing/mail-server.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { postOf } from '../flow/deliver.ts'

let practice: Practice
let superuser: Superuser
let inbox: MailServer
let tenant: Tenant
let orgs = 0

beforeAll(async () => {
  superuser = await useSuperuser()
  inbox = await startMailServer()
  process.env.BEHALF_SMTP_URL = inbox.url
  process.env.BEHALF_MAIL_FROM = 'Behalf <no-reply@behalf.test>'
  practice = await startPractice()
})
afterAll(async () => {
  await practice.stop()
  await inbox.stop()
})
beforeEach(async () => {
  tenant = await ensureOrg(practice.caller, `told-${++orgs}`, prepareOrgKeys)
  inbox.taken.length = 0
  await superuser.sql(`DELETE FROM members WHERE org_id = $1`, [deployment.orgId])
})

async function member(name: string, role: MemberRole = 'owner', home: Tenant = tenant) {
  const input = { email: `${name}@acme.test`, role }
  const { id } = await forOrg(home, (tx) => inviteMemberIn(tx, home, practice.caller, input))
  const { caller } = await authenticateMember({ memberId: parseId('member', id) ?? '', sessionVersion: 1 })
  await forOrg(home, (tx) => noteSignInIn(tx, caller, 'link'))
  return caller
}
type Admin = Awaited<ReturnType<typeof member>>

const ask = (by: Admin, reason = 'a leaked key', of: Tenant = tenant) =>
  practice.connect.askForRevocation(
    of,
    by,
    { filter: { all: true }, reason, accounts: of === deployment ? null : 120, stopId: null },
    origin,
  )

/** Sends what waits. @returns who got a letter, and the letters */
async function letters(of: Tenant = tenant) {
  const rows = await forOrg(of, (tx) =>
    tx.mails.findMany({ where: { org_id: of.orgId, status: 'queued' }, orderBy: { id: 'asc' } }),
  )
  for (const { id } of rows) await practice.connect.sendMail(of, id)
  return { to: inbox.taken.flatMap(({ to }) => to).sort(), texts: inbox.taken.map(({ text }) => text) }
}

test('those of the organization who could approve get a letter, and nobody else does', async () => {
  const ana = await member('ana')
  await member('ben', 'security_admin')
  await member('cleo')
  await member('dora', 'auditor')
  await member('op', 'owner', deployment)
  const gone = await member('emil')
  await superuser.sql('UPDATE members SET disabled_at = now() WHERE id = $1', [gone.memberId])
  await ensureOrg(practice.caller, 'other', prepareOrgKeys)
  const request = await ask(ana)
  expect(request.mailed).toBe(2)
  const { to, texts } = await letters()
  expect(to).toEqual(['ben@acme.test', 'cleo@acme.test'])
  const url = `/console/told-${orgs}/revocations/requests/${request.id}`
  expect(texts[0]).toContain(url)
  expect(texts[0]).toContain('ana@acme.test asked that 120 connected accounts')
  expect(texts[0]).toContain('a leaked key')
  expect(texts[0]).toContain('24 hours')
})

test('a letter has nothing in it that signs anybody in or decides, and none stays in the database', async () => {
  const ana = await member('ana')
  await member('ben')
  await ask(ana, 'canary-reason')
  const waiting = await superuser.sql('SELECT row_to_json(m)::text AS text FROM mails m WHERE org_id = $1', [
    tenant.orgId,
  ])
  expect(JSON.stringify(waiting)).not.toMatch(/canary-reason|ben@acme/)
  const { texts } = await letters()
  expect(texts).toHaveLength(1)
  const links = [...(texts[0] ?? '').matchAll(/https?:\/\/\S+/g)].map(([link]) => new URL(link))
  expect(links).toHaveLength(1)
  expect(links.map(({ search, hash }) => search + hash)).toEqual([''])
  expect(
    await superuser.sql('SELECT 1 FROM mails WHERE org_id = $1 AND sealed IS NOT NULL', [tenant.orgId]),
  ).toEqual([])
})

test('text of whoever asks stays one plain line, and no mark-up', async () => {
  const ana = await member('ana')
  await member('ben')
  await ask(ana, 'x\r\nBcc: eve@evil.test\r\n\r\n<a href="https://evil.test">Approve</a>')
  const { to, texts } = await letters()
  expect(to).toEqual(['ben@acme.test'])
  expect(texts[0]?.replaceAll('\u2060', '')).toContain('Their reason: x Bcc: eve@evil.test <a href')
  expect(inbox.taken[0]?.raw).not.toContain('<a href="https://evil.test">')
})

test('operators are written to where nobody of the organization could, and for what is the deployment’s', async () => {
  const ana = await member('ana')
  const op = await member('op', 'owner', deployment)
  await member('second', 'owner', deployment)
  expect((await ask(ana)).mailed).toBe(2)
  expect((await letters()).to).toEqual(['op@acme.test', 'second@acme.test'])
  inbox.taken.length = 0
  const request = await ask(op, 'x', deployment)
  const { to, texts } = await letters(deployment)
  expect(to).toEqual(['second@acme.test'])
  expect(texts[0]).toContain(`/console/~/revocations/requests/${request.id}`)
  expect(texts[0]).toContain('in every organization')
})

test('whoever had their share of such letters is left out, what was asked for stands, and a sign-in link still gets to them', async () => {
  const ana = await member('ana')
  await member('ben')
  for (let n = 0; n < 12; n++) {
    const { id } = await ask(ana)
    await practice.connect.withdrawRevocation(tenant, ana, parseId('revocation_request', id) ?? '', origin)
  }
  expect(await ask(ana)).toMatchObject({ status: 'pending', mailed: 0 })
  expect((await letters()).to).toHaveLength(mailPerHourMax.approver.recipient)
  const link = {
    kind: 'console',
    to: 'ben@acme.test',
    locale: 'en',
    url: 'https://b.test/',
    invites: false,
  } as const
  const post = await postOf(tenant)
  await forOrg(tenant, (tx) => post(tx, null, link, new Date(Date.now() + 600_000)))
  expect((await letters()).to).toHaveLength(mailPerHourMax.approver.recipient + 1)
})
