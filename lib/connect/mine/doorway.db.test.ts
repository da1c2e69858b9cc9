import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listAudit } from '#lib/audit'
import { publicId } from '#lib/ids'
import { startWorker } from '#lib/jobs'
import { mailPerHourMax } from '#lib/mail'
import { type MailServer, startMailServer } from '../../../scripts/testing/mail-server.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { doorwayPerHourMax } from './doorway.ts'

let practice: Practice
let superuser: Superuser
let inbox: MailServer
let worker: Awaited<ReturnType<typeof startWorker>>
beforeAll(async () => {
  inbox = await startMailServer()
  process.env.BEHALF_SMTP_URL = inbox.url
  process.env.BEHALF_MAIL_FROM = 'Behalf <no-reply@behalf.test>'
  superuser = await useSuperuser()
  practice = await startPractice()
  const { jobs } = await import('#runtime')
  worker = await startWorker(jobs, '')
})
afterAll(async () => {
  await worker.stop()
  await practice.stop()
  await inbox.stop()
})

/** A user with an address, of an org, and the org's public id. */
async function known(org: string, user: string, email: string) {
  await practice.session({ org_id: org, user_id: user, user: { email, name: 'Ana Souza' } })
  const tenant = await practice.tenant(org)
  return { tenant, id: publicId('organization', tenant.orgId) }
}

const mailsOf = (orgId: string) => superuser.sql('SELECT FROM mails WHERE org_id = $1', [orgId])

test('says how to get in, and nothing of an org that is not there', async () => {
  const { id } = await known('acme', 'u_1', 'ana@acme.test')
  expect(await practice.connect.doorway(id)).toMatchObject({
    branding: { name: 'acme' },
    manageUrl: null,
    mails: true,
  })
  for (const other of ['org_0', `org_${'0'.repeat(32)}`, `org_${'1'.repeat(32)}`, 'acme', ''])
    expect(await practice.connect.doorway(other), other).toBeNull()
})

test('mails a way in to the address that is known of a person, which opens what they manage', async () => {
  const { tenant, id } = await known('acme', 'u_1', 'ana@acme.test')
  await practice.connectAccount({ org: 'acme', user: 'u_1' })
  await practice.connect.mailManageLink(id, ' ANA@acme.test ', origin)
  const letter = await vi.waitFor(() => {
    const found = inbox.taken.find(({ to }) => to.includes('ana@acme.test'))
    if (!found) throw new Error('no letter yet')
    return found
  }, 10_000)
  expect(letter.raw).toMatch(/^Subject: What may act for you at acme\r$/m)
  const link = /\/c\/(bhf_hl_[\w-]+)/.exec(letter.text)?.[1] ?? ''
  const { open } = await practice.connect.enter(link)
  expect(open.session).toMatchObject({ kind: 'manage', user: { external_id: 'u_1' } })
  expect((await practice.connect.mine(open, 'en')).agents).toHaveLength(1)
  expect(
    await listAudit(tenant, { action: 'connect_session.created', actor: 'doorway' }, null, 5),
  ).toMatchObject([{ user_id: 'u_1', details: { kind: 'manage', delivered_by: 'email' } }])
})

test('mails nothing to a stranger, to another org, or to whoever is locked out, and says nothing of it', async () => {
  const { tenant, id } = await known('globex', 'u_out', 'out@globex.test')
  await known('globex', 'u_in', 'in.side@globex.test')
  await practice.connect.deactivateUser(tenant, practice.caller, 'u_out', origin)
  for (const email of [
    'nobody@globex.test',
    'ana@acme.test',
    'out@globex.test',
    '%',
    'in_side@globex.test',
    '',
  ])
    await expect(practice.connect.mailManageLink(id, email, origin)).resolves.toBeUndefined()
  await expect(practice.connect.mailManageLink('org_0', 'ana@acme.test', origin)).resolves.toBeUndefined()
  expect(await mailsOf(tenant.orgId)).toEqual([])
})

test('floods nobody, and leaves an address the letters that codes and invitations need', async () => {
  const { tenant, id } = await known('initech', 'u_1', 'peter@initech.test')
  await Promise.all(
    Array.from({ length: mailPerHourMax.recipient + 5 }, () =>
      practice.connect.mailManageLink(id, 'peter@initech.test', origin),
    ),
  )
  expect(await mailsOf(tenant.orgId)).toHaveLength(doorwayPerHourMax.address)
  await practice.session({
    org_id: 'initech',
    user_id: 'u_1',
    user: { email: 'peter@initech.test' },
    deliver: { email: true },
  })
  expect(await mailsOf(tenant.orgId)).toHaveLength(doorwayPerHourMax.address + 1)
})
