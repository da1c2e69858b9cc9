import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deployment } from '#lib/db'
import { type MailServer, startMailServer } from '../../../scripts/testing/mail-server.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { doors } from '../doors.ts'
import { beginMail, type Interaction, mailCode } from '../index.ts'
import { signInMailsPerHourMax } from './mail-code.ts'

let practice: Practice
let superuser: Superuser
let inbox: MailServer

beforeAll(async () => {
  inbox = await startMailServer()
  process.env.BEHALF_SMTP_URL = inbox.url
  process.env.BEHALF_MAIL_FROM = 'Behalf <no-reply@behalf.test>'
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(async () => {
  await practice.stop()
  await inbox.stop()
})
beforeEach(() => practice.reset())

/** What a browser is in that was sent here for a resource of every org's, or of one's. */
const asked = (orgId: string | null): Interaction => ({
  ...{ uid: randomUUID(), prompt: 'login', orgId, resource: 'http://localhost/mcp', account: null },
  client: {
    ...{ kind: 'dcr', clientId: 'cl_1', name: 'Claude', uri: null, redirectHost: 'x.test', local: false },
  },
  ...{ scopes: [], authorizationDetails: [], locales: [] },
})

/** An org with a person who has this address. */
async function org(name: string, email: string): Promise<string> {
  await practice.session({ org_id: name, user_id: 'u_1', user: { email, name: 'Ana' } })
  return (await practice.tenant(name)).orgId
}

async function ask(orgId: string | null, address: string, ip = '203.0.113.7'): Promise<void> {
  const letter = await beginMail(asked(orgId), address, 'en', { ...origin, ip })
  if (letter) await mailCode(letter)
}

/** As many letters as an org may have sent in an hour, to others. */
const useUp = (orgId: string) =>
  superuser.tamper(
    `INSERT INTO mails (org_id, id, kind, recipient_key, status)
     SELECT $1, gen_random_uuid(), 'sign_in', 'other/' || n, 'sent' FROM generate_series(1, $2) n`,
    [orgId, signInMailsPerHourMax.org],
  )

const lettersOf = async (orgId: string) =>
  (
    await superuser.sql(
      `SELECT 1 FROM mails WHERE org_id = $1 AND kind = 'sign_in' AND recipient_key NOT LIKE 'other/%'`,
      [orgId],
    )
  ).length

test('a code for a resource of every org’s is charged to the person’s own org: nobody uses up another’s', async () => {
  const crowded = await org('crowded', 'one@crowded.test')
  const calm = await org('calm', 'one@calm.test')
  await useUp(crowded)
  await useUp(deployment.orgId)
  await ask(null, 'one@crowded.test')
  await ask(null, 'one@calm.test')
  expect([await lettersOf(crowded), await lettersOf(calm), await lettersOf(deployment.orgId)]).toEqual([
    0, 1, 0,
  ])
})

test('where several orgs know an address, one that has none left does not keep the code from it', async () => {
  const both = [await org('left', 'both@orgs.test'), await org('right', 'both@orgs.test')]
  for (const [at, full] of both.entries()) {
    await superuser.tamper(`DELETE FROM mails WHERE org_id = ANY($1)`, [both])
    await useUp(full)
    await ask(null, 'both@orgs.test')
    expect([at, await lettersOf(full), await lettersOf(both[1 - at] ?? '')]).toEqual([at, 0, 1])
  }
})

test('an address gets so many codes an hour over all orgs and resources that it is known at', async () => {
  const orgs = [await org('first', 'many@orgs.test'), await org('second', 'many@orgs.test')]
  for (let at = 0; at < signInMailsPerHourMax.address + 2; at++)
    for (const where of [null, 'first', 'second'])
      await ask(where, at % 2 ? 'many@orgs.test' : 'MANY@orgs.test')
  const letters = await Promise.all(orgs.map(lettersOf))
  expect(letters.reduce((sum, one) => sum + one)).toBe(signInMailsPerHourMax.address)
})

test('one network has so many asked for an hour, whoever has the addresses; its neighbours are not it', async () => {
  const from = (host: string) => ask(null, `nobody-${host}@nowhere.test`, `2001:db8:7:7::${host}`)
  for (let at = 1; at <= doors.mail.one; at++) await from(at.toString(16))
  await expect(from('ffff')).rejects.toMatchObject({
    code: 'rate_limited',
    facts: { retry_after_seconds: expect.any(Number) },
  })
  await ask(null, 'nobody@nowhere.test', '2001:db8:7:8::1')
})
