import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listAudit } from '#lib/audit'
import { translator } from '#lib/i18n'
import { parseId } from '#lib/ids'
import { startWorker } from '#lib/jobs'
import { mailPerHourMax } from '#lib/mail'
import { resolveObject } from '#lib/tenancy'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { type MailServer, startMailServer } from '../../../scripts/testing/mail-server.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import type { FlowCookie } from '../index.ts'
import { connectUrl } from './upgrade.ts'

let practice: Practice
let superuser: Superuser
let inbox: MailServer
let worker: Awaited<ReturnType<typeof startWorker>>
beforeAll(async () => {
  inbox = await startMailServer({
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('gone')
        ? done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
        : done(),
  })
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
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const scopes = ['tasks:read']
let people = 0

type Asked = { org?: string; person?: string; email?: string } & Record<string, unknown>

/** From the invitation to where the code that was mailed is asked for. */
async function finished({ org = 'acme', person = 'ana', email, ...more }: Asked = {}) {
  const to = email ?? `person${++people}@acme.test`
  const session = await practice.session({
    org_id: org,
    user_id: to,
    user: { email: to },
    confirmation: 'screen',
    scopes: { sandbox: scopes },
    ...more,
  })
  const { location, flow } = await practice.approve(session, scopes)
  const back = await authorizeByHttp({ authorizeUrl: location, user: person, grant: 'all' })
  const ended = await practice.connect.callback(
    flow,
    back.pathname.split('/').at(-1) ?? '',
    back.searchParams,
    origin,
  )
  return { session, to, ...ended }
}
type Ended = Awaited<ReturnType<typeof finished>>

const opened = ({ session }: Pick<Ended, 'session'>, flow: FlowCookie) =>
  practice.connect.openFlow(session.id, flow)

const view = async (ended: Ended, flow: FlowCookie = ended.flow) =>
  practice.connect.confirmView(await opened(ended, flow), flow)

const enter = async (ended: Ended, typed: string, flow: FlowCookie = ended.flow) =>
  practice.connect.enterCode(await opened(ended, flow), flow, typed, origin)

const resend = async (ended: Ended) =>
  practice.connect.resendCode(await opened(ended, ended.flow), ended.flow)

const codesTo = (to: string) =>
  inbox.taken.filter((one) => one.to[0] === to).map(({ text }) => /^\s{4}(\d{6})$/m.exec(text)?.[1] ?? '')

/** The newest code that a person was mailed, once `count` have come. */
const mailedTo = async (to: string, count = 1): Promise<string> => {
  await vi.waitFor(() => expect(codesTo(to)).toHaveLength(count), 10_000)
  return codesTo(to).at(-1) ?? ''
}

/** The screen looked at, and the code that came for it. */
async function mailed(asked: Asked = {}) {
  const ended = await finished(asked)
  expect(await view(ended)).toMatchObject({ state: 'enter' })
  return { ...ended, code: await mailedTo(ended.to) }
}

const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

async function statusOf({ session }: Pick<Ended, 'session'>) {
  const [row] = await superuser.sql<{ status: string; status_reason: string | null }>(
    'SELECT status, status_reason FROM connect_sessions WHERE id = $1',
    [parseId('connect_session', session.id)],
  )
  return row
}

const accounts = async (to: string) =>
  superuser.sql(
    'SELECT a.id FROM connected_accounts a JOIN end_users u ON (u.org_id, u.id) = (a.org_id, a.user_id) WHERE u.external_id = $1',
    [to],
  )

test('connects once the code that was mailed to the invited address is entered, and says in the audit how', async () => {
  const ended = await mailed({ org: 'evidence', return_url: 'https://app.acme.test/back?a=1' })
  expect(ended.location).toBe(`/connect/${ended.session.id}/confirm`)
  expect(await accounts(ended.to)).toEqual([])
  expect(await enter(ended, ` ${ended.code.slice(0, 3)} - ${ended.code.slice(3)}\n`)).toEqual({
    outcome: 'confirmed',
    location: `https://app.acme.test/back?a=1&session_id=${ended.session.id}&status=completed`,
  })
  expect(await statusOf(ended)).toMatchObject({ status: 'completed' })
  expect(await accounts(ended.to)).toHaveLength(1)
  const tenant = await practice.tenant('evidence')
  expect(await listAudit(tenant, { action: 'connection.created' }, null, 1)).toMatchObject([
    { actor: { type: 'end_user' }, details: { confirmed_by: 'email_code' } },
  ])
  await expect(enter(ended, ended.code)).rejects.toEqual(refusal('session_used'))
  expect(await view(ended)).toMatchObject({ state: 'done' })
})

test('hides most of the address, and reads the digits of any script', async () => {
  const ended = await mailed({ email: 'ana.long@acme.test' })
  expect(await view(ended)).toMatchObject({ address: 'a•••@acme.test', account: expect.any(String) })
  const arabic = [...ended.code].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join('')
  expect(await enter(ended, arabic)).toMatchObject({ outcome: 'confirmed' })
})

test('asks for the code only in the browser that finished, though others hold the session', async () => {
  const ended = await mailed()
  const held = { session: ended.session.id }
  const another = await mailed()
  for (const flow of [
    held,
    { ...held, finished: true },
    { ...held, finished: true, confirmationCode: 'bhf_cc_guess' },
    { ...another.flow, session: ended.session.id },
  ]) {
    await expect(view(ended, flow)).rejects.toEqual(refusal('user_mismatch'))
    await expect(enter(ended, ended.code, flow)).rejects.toEqual(refusal('user_mismatch'))
  }
  expect(await statusOf(ended)).toMatchObject({ status: 'awaiting_confirmation' })
  // What was refused to the others is still good here.
  expect(await enter(ended, ended.code)).toMatchObject({ outcome: 'confirmed' })
})

test('is of no use to a host: what confirms is the code, which the host was never told', async () => {
  const ended = await mailed()
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', ended.session.id)
  for (const confirmation_code of [ended.code, ended.flow.confirmationCode ?? '']) {
    const word = { user_id: ended.to, confirmation_code }
    await expect(practice.connect.confirm(tenant, practice.caller, id, word, origin)).rejects.toEqual(
      refusal('conflict'),
    )
  }
})

test('takes the code of one attempt for no other', async () => {
  const [one, two] = [await mailed(), await mailed()]
  if (one.code !== two.code) expect(await enter(one, two.code)).toEqual({ outcome: 'wrong' })
  expect(await enter(one, one.code)).toMatchObject({ outcome: 'confirmed' })
})

test('ends the session at the fifth wrong code, gives the tokens back and takes the right one no more', async () => {
  const ended = await mailed({ org: 'guessed' })
  for (const typed of ['', 'abcdef', '12345', '1234567', '12345x']) {
    expect(await enter(ended, typed)).toEqual({ outcome: 'shape' })
  }
  for (let tried = 1; tried < 5; tried++) {
    expect(await enter(ended, other(ended.code))).toEqual({ outcome: 'wrong' })
    expect(await view(ended)).toMatchObject({ state: 'enter', triesLeft: 5 - tried })
  }
  expect(await enter(ended, other(ended.code))).toEqual({ outcome: 'over' })
  expect(await view(ended)).toMatchObject({ state: 'too_many' })
  await expect(enter(ended, ended.code)).rejects.toEqual(refusal('session_used'))
  expect(await statusOf(ended)).toEqual({ status: 'failed', status_reason: 'user_mismatch' })
  expect((await practice.state()).revocation).toBe(1)
  expect(await accounts(ended.to)).toEqual([])
  const tenant = await practice.tenant('guessed')
  expect(await listAudit(tenant, { action: 'connection.code_refused' }, null, 10)).toHaveLength(5)
})

test('gives 50 guesses at once no more than five tries, and counts no more in the audit', async () => {
  const ended = await mailed({ org: 'raced' })
  const guesses = Array.from({ length: 50 }, (_, at) => String((Number(ended.code) + 1 + at) % 1_000_000))
  const answers = await Promise.allSettled(guesses.map((guess) => enter(ended, guess.padStart(6, '0'))))
  const counted = answers.filter((one) => one.status === 'fulfilled' && one.value.outcome === 'wrong')
  expect(counted).toHaveLength(4)
  const refused = await listAudit(
    await practice.tenant('raced'),
    { action: 'connection.code_refused' },
    null,
    60,
  )
  expect(refused).toHaveLength(5)
  expect(await statusOf(ended)).toEqual({ status: 'failed', status_reason: 'user_mismatch' })
})

test('makes one connection of the right code entered 20 times at once', async () => {
  const ended = await mailed()
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => enter(ended, ended.code)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await accounts(ended.to)).toHaveLength(1)
})

test('gives up what was granted when the person says that the address is not theirs', async () => {
  const ended = await mailed()
  const open = await opened(ended, ended.flow)
  await practice.connect.notMe(open, ended.flow, origin)
  expect(await view(ended)).toMatchObject({ state: 'not_me' })
  expect(await statusOf(ended)).toEqual({ status: 'failed', status_reason: 'user_mismatch' })
  expect((await practice.state()).revocation).toBe(1)
})

const age = (ended: Ended, column: 'sent_at' | 'expires_at', seconds: number) =>
  superuser.sql(
    `UPDATE confirm_codes SET ${column} = ${column} - make_interval(secs => $2) WHERE attempt_id IN
       (SELECT id FROM connect_attempts WHERE session_id = $1)`,
    [parseId('connect_session', ended.session.id), seconds],
  )

test('sends another code after half a minute, three times, and then only the newest one works', async () => {
  const ended = await mailed()
  expect(await resend(ended)).toBe('wait')
  expect(await enter(ended, other(ended.code))).toEqual({ outcome: 'wrong' })
  for (let sent = 2; sent <= 4; sent++) {
    await age(ended, 'sent_at', 31)
    expect(await resend(ended)).toBe('resent')
    await mailedTo(ended.to, sent)
  }
  await age(ended, 'sent_at', 31)
  expect(await resend(ended)).toBe('no_more')
  // A new code is no new set of guesses.
  expect(await view(ended)).toMatchObject({ canResend: false, triesLeft: 4 })
  const newest = await mailedTo(ended.to, 4)
  if (newest !== ended.code) expect(await enter(ended, ended.code)).toEqual({ outcome: 'wrong' })
  expect(await enter(ended, newest)).toMatchObject({ outcome: 'confirmed' })
})

test('takes no code that has run out, and mails another', async () => {
  const ended = await mailed()
  await age(ended, 'expires_at', 601)
  await age(ended, 'sent_at', 601)
  expect(await view(ended)).toMatchObject({ state: 'expired', canResend: true })
  expect(await enter(ended, ended.code)).toEqual({ outcome: 'expired' })
  expect(await resend(ended)).toBe('resent')
  expect(await enter(ended, await mailedTo(ended.to, 2))).toMatchObject({ outcome: 'confirmed' })
})

test('waits for the mail though the link runs out meanwhile', async () => {
  const ended = await finished({ expires_in_seconds: 60 })
  await view(ended)
  const [row] = await superuser.sql<{ left: number }>(
    'SELECT extract(epoch FROM expires_at - now())::int AS left FROM connect_sessions WHERE id = $1',
    [parseId('connect_session', ended.session.id)],
  )
  expect(row?.left).toBeGreaterThan(590)
})

test('says when the mail server refuses the address for good', async () => {
  const ended = await finished({ email: 'gone@acme.test' })
  await view(ended)
  await vi.waitFor(async () => expect(await view(ended)).toMatchObject({ state: 'undelivered' }), 10_000)
})

test('mails one address so often in an hour and no more', async () => {
  const email = 'flooded@acme.test'
  for (let sent = 0; sent < mailPerHourMax.recipient; sent++)
    await practice.session({ org_id: 'flood', user_id: 'u_1', user: { email }, deliver: { email: true } })
  const asked = {
    org_id: 'flood',
    user_id: 'u_1',
    user: { email: 'Flooded@ACME.test' },
    deliver: { email: true },
  }
  await expect(practice.session(asked)).rejects.toEqual(refusal('rate_limited'))
  const ended = await finished({ org: 'flood', email })
  expect(await view(ended)).toMatchObject({ state: 'undelivered' })
  expect(await resend(ended)).toBe('limited')
})

test('mails the hosted link that a session is delivered with, and no one else gets in with it', async () => {
  const email = 'invited@acme.test'
  const session = await practice.session({
    org_id: 'acme',
    user_id: 'u_invited',
    user: { email, name: 'Ana' },
    confirmation: 'screen',
    deliver: { email: true },
    purpose: 'Keep your tasks in step',
  })
  await vi.waitFor(() => expect(inbox.taken.some(({ to }) => to[0] === email)).toBe(true), 10_000)
  const letter = inbox.taken.find(({ to }) => to[0] === email)
  expect(letter?.text).toContain(session.hosted_url)
  expect(letter?.text).toContain('Keep your tasks in step')
})

test('is refused without an address to mail to', async () => {
  for (const asked of [{ confirmation: 'screen' }, { deliver: { email: true } }]) {
    await expect(practice.session({ org_id: 'acme', user_id: 'u_mute', ...asked })).rejects.toEqual(
      refusal('invalid_request'),
    )
  }
})

test('has no code, link or address in a job, a row or the audit', async () => {
  const ended = await mailed({ email: 'canary@acme.test' })
  await enter(ended, other(ended.code))
  const tables = await superuser.sql<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname IN ('public', 'graphile_worker')`,
  )
  expect(tables.length).toBeGreaterThan(20)
  for (const { name } of tables) {
    const found = await superuser.sql(`SELECT FROM ${name} t WHERE to_jsonb(t)::text ~ $1`, [
      `[^0-9]${ended.code}[^0-9]|${ended.session.hosted_url.split('/').at(-1)}`,
    ])
    expect({ name, found: found.length }).toEqual({ name, found: 0 })
  }
  const mails = await superuser.sql(`SELECT to_jsonb(t)::text AS row FROM mails t WHERE status = 'queued'`)
  expect(JSON.stringify(mails)).not.toContain('canary@')
})

test('a letter is in the language of the page that asks for its code', async () => {
  const to = `person${++people}@acme.test`
  const session = await practice.session({
    org_id: 'acme',
    user_id: to,
    user: { email: to },
    confirmation: 'screen',
    scopes: { sandbox: scopes },
  })
  const t = translator('de')
  const entered = await practice.connect.enter(session.token)
  const { hash } = await practice.connect.consentView(entered.open, 'sandbox', t)
  const chosen = { connector: 'sandbox', scopes, hash }
  const { location, flow } = await practice.connect.approve(entered.open, entered.flow, chosen, origin, t)
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'ana', grant: 'all' })
  const configId = back.pathname.split('/').at(-1) ?? ''
  const ended = await practice.connect.callback(flow, configId, back.searchParams, origin)
  expect(await view({ session, to, ...ended })).toMatchObject({ state: 'enter' })
  await mailedTo(to)
  const letter = inbox.taken.find((one) => one.to[0] === to)
  expect(letter?.text).toContain(t('mail.code_warning'))
})

test('whoever proved by mail who they are proves it that way when they connect again', async () => {
  const done = await mailed()
  expect(await enter(done, done.code)).toMatchObject({ outcome: 'confirmed' })
  const tenant = await practice.tenant('acme')
  const [account] = await accounts(done.to)
  const url = await connectUrl(tenant, String(account?.id), [])
  const { open } = await practice.connect.enter(new URL(url ?? '').pathname.split('/').at(-1) ?? '')
  expect(open.session).toMatchObject({ confirmation: 'screen', return_url: null })
})
