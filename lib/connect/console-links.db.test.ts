import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { inviteMemberIn, redeemSignInLink, systemCaller } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type MailServer, startMailServer } from '../../scripts/testing/mail-server.ts'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { admitAskedLink, mailAskedLinks } from './index.ts'

// Links into the console by mail. Who asks has shown nothing, so nothing may be learnt from asking.

let practice: Practice
let inbox: MailServer
let tenant: Tenant
let orgs = 0
const caller = systemCaller('test')

beforeAll(async () => {
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
  tenant = await ensureOrg(caller, `links-${++orgs}`, prepareOrgKeys)
})

const member = (email: string, of: Tenant = tenant) =>
  forOrg(of, (tx) => inviteMemberIn(tx, of, caller, { email, role: 'support' }))

const mails = (of: Tenant = tenant) =>
  forOrg(of, (tx) => tx.mails.findMany({ where: { org_id: of.orgId }, orderBy: { id: 'asc' } }))

test('a member is mailed a link that signs them in once, at the address that is known of them', async () => {
  await member('ana@acme.test')
  await mailAskedLinks(' ANA@acme.test', `/console/links-${orgs}/members`, origin)
  const [mail] = await mails()
  await practice.connect.sendMail(tenant, mail?.id ?? '')
  const text = JSON.stringify(inbox.taken.at(-1))
  expect(text).toContain('ana@acme.test')
  expect(text).toContain('sign-in link')
  const token = /#token=3?D?(bhf_al_[\w-]+)/.exec(text.replace(/=\\r\\n|=\\n/g, ''))?.[1] ?? ''
  expect(await redeemSignInLink(token)).toMatchObject({ email: 'ana@acme.test' })
  expect(await redeemSignInLink(token)).toBeNull()
})

test('nobody is written to who is no member, or is disabled', async () => {
  const { id } = await member('bo@acme.test')
  await forOrg(tenant, (tx) => tx.members.updateMany({ data: { disabled_at: new Date() } }))
  await mailAskedLinks('bo@acme.test', null, origin)
  await mailAskedLinks('nobody@acme.test', null, origin)
  expect(id).toMatch(/^mem_/)
  expect(await mails()).toEqual([])
})

test('an inbox gets five such letters in an hour, however many are asked for at once', async () => {
  await member('cy@acme.test')
  await Promise.all(Array.from({ length: 8 }, () => mailAskedLinks('cy@acme.test', null, origin)))
  expect(await mails()).toHaveLength(5)
})

test('whoever is a member of two organizations gets a link to each', async () => {
  const other = await ensureOrg(caller, `links-other-${orgs}`, prepareOrgKeys)
  await member('di@acme.test')
  await member('di@acme.test', other)
  await mailAskedLinks('di@acme.test', null, origin)
  expect(await mails()).toHaveLength(1)
  expect(await mails(other)).toHaveLength(1)
})

test('from one network thirty are asked for in an hour, of IPv6 the whole /64', async () => {
  const from = (n: number) => admitAskedLink({ ...origin, ip: `2001:db8:0:${orgs}::${n.toString(16)}` })
  const answers = await Promise.allSettled(Array.from({ length: 31 }, (_, n) => from(n + 1)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(30)
  await expect(from(99)).rejects.toMatchObject({ code: 'rate_limited' })
  await expect(admitAskedLink({ ...origin, ip: '198.51.100.7' })).resolves.toBeUndefined()
})
