import { createServer } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '#lib/config'
import { createEgress, type Egress, parseAllow } from '#lib/egress'
import { startMailServer } from '../../scripts/testing/mail-server.ts'
import { selfSigned } from '../../scripts/testing/self-signed.ts'
import { type Letter, letterOf, type Note, type Sender } from './letter.ts'
import { createMailer, MailError } from './mailer.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function mailServer(options: SMTPServerOptions = {}) {
  const server = await startMailServer(options)
  closers.push(server.stop)
  return server
}

function mailerTo(url: string, { ca, allow }: { ca?: string; allow?: string } = {}) {
  const config = readConfig({
    DATABASE_URL: 'postgres://app@db.example/behalf',
    BEHALF_MASTER_KEY: Buffer.alloc(32).toString('base64'),
    BEHALF_SESSION_SECRET: 's'.repeat(32),
    BEHALF_SMTP_URL: url,
    BEHALF_MAIL_FROM: 'Behalf <no-reply@behalf.test>',
  })
  if (!config.mail) throw new Error('no mail settings')
  const egress: Egress = createEgress({ allow: parseAllow(allow ?? config.egressAllow), default: 'public' })
  closers.push(() => egress.close())
  return createMailer(config.mail, egress, ca === undefined ? {} : { ca })
}

const sender: Sender = { organization: 'Acme', name: null, replyTo: null }
const note: Note = {
  kind: 'code',
  to: 'ana@acme.test',
  locale: 'en',
  connector: 'Practice',
  account: 'ana',
  code: '123456',
  minutes: 10,
}
const letter: Letter = letterOf(note, sender)
const failure = (sending: Promise<void>) =>
  sending.then(
    () => null,
    (error: unknown) => error as MailError,
  )

test('delivers text and HTML of the same words, from the deployment in the name of the organization', async () => {
  const { taken, port } = await mailServer()
  const replying = letterOf(note, { ...sender, name: 'Acme Support', replyTo: 'help@acme.test' })
  await mailerTo(`smtp://127.0.0.1:${port}?tls=off`).send(replying)
  expect(taken).toHaveLength(1)
  expect(taken[0]).toMatchObject({ from: 'no-reply@behalf.test', to: ['ana@acme.test'] })
  const [head = '', ...body] = taken[0]?.raw.split('\r\n\r\n') ?? []
  expect(head).toMatch(/^From: Acme Support <no-reply@behalf\.test>$/m)
  expect(head).toMatch(/^Reply-To: help@acme\.test$/m)
  expect(head).toMatch(/^Auto-Submitted: auto-generated$/m)
  expect(head).not.toContain('123456')
  expect(body.join().match(/123456/g)).toHaveLength(2)
})

test('speaks TLS from the first byte to smtps, with the login, and only to a server that proves its name', async () => {
  const { key, cert } = selfSigned('localhost')
  const { taken, port } = await mailServer({
    secure: true,
    key,
    cert,
    disabledCommands: [],
    authOptional: false,
    onAuth: ({ username, password }, _session, done) =>
      username === 'me@acme' && password === 'p:w' ? done(null, { user: username }) : done(new Error('no')),
  })
  const at = `smtps://me%40acme:p%3Aw@localhost:${port}`
  expect(await failure(mailerTo(at).send(letter))).toBeInstanceOf(MailError)
  expect(taken).toEqual([])
  await mailerTo(at, { ca: cert }).send(letter)
  expect(taken).toMatchObject([{ secure: true, user: 'me@acme' }])
  const wrong = `smtps://me%40acme:wrong@localhost:${port}`
  expect(await failure(mailerTo(wrong, { ca: cert }).send(letter))).toMatchObject({ permanent: false })
})

test('upgrades smtp by STARTTLS before it says anything, and does not speak to a server without it', async () => {
  const { key, cert } = selfSigned('localhost')
  const good = await mailServer({ key, cert })
  await mailerTo(`smtp://localhost:${good.port}`, { ca: cert }).send(letter)
  expect(good.taken).toMatchObject([{ secure: true }])
  const bare = await mailServer({ disabledCommands: ['AUTH', 'STARTTLS'] })
  expect(await failure(mailerTo(`smtp://localhost:${bare.port}`).send(letter))).toBeInstanceOf(MailError)
  expect(bare.taken).toEqual([])
})

test('tells a refusal for good from one that passes, and repeats nothing that the server said', async () => {
  for (const [responseCode, permanent] of [
    [550, true],
    [451, false],
  ] as const) {
    const { port } = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(Object.assign(new Error(`no ${address}`), { responseCode })),
    })
    const error = await failure(mailerTo(`smtp://127.0.0.1:${port}?tls=off`).send(letter))
    expect(error).toMatchObject({ code: `smtp_${responseCode}`, permanent })
    expect(JSON.stringify([error?.message, error?.stack])).not.toMatch(/ana@acme|123456/)
  }
  const gone = await mailServer()
  await closers.pop()?.()
  expect(await failure(mailerTo(`smtp://127.0.0.1:${gone.port}?tls=off`).send(letter))).toMatchObject({
    code: 'egress_network',
    permanent: false,
  })
})

test('reaches no host but the one that the operator named, and link-local never', async () => {
  let reached = 0
  const listener = createServer((socket) => {
    reached++
    socket.destroy()
  })
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready))
  closers.push(() => new Promise<void>((done) => listener.close(() => done())))
  const address = listener.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const other = mailerTo(`smtp://127.0.0.1:${port}?tls=off`, { allow: 'mail=127.0.0.2,oidc=127.0.0.1' })
  expect(await failure(other.send(letter))).toMatchObject({ code: 'egress_refused', permanent: true })
  expect(await failure(mailerTo('smtp://169.254.169.254').send(letter))).toMatchObject({
    code: 'egress_refused',
  })
  expect(reached).toBe(0)
})

const evil = 'Acme\r\nBcc: eve@evil.test\r\n\r\n<script>alert(1)</script>\u202egpj.exe'

test('lets no name, purpose or account end a header line, add a recipient, or become markup', async () => {
  const { taken, port } = await mailServer()
  const mailer = mailerTo(`smtp://127.0.0.1:${port}?tls=off`)
  const hostile: Sender = { organization: evil, name: evil, replyTo: null }
  const notes: Note[] = [
    { ...note, connector: evil, account: evil },
    {
      kind: 'link',
      to: 'ana@acme.test',
      locale: 'ar',
      person: evil,
      url: 'https://behalf.test/c/bhf_hl_x?a="><script>',
      purpose: evil,
      minutes: 60,
    },
  ]
  for (const one of notes) {
    const made = letterOf(one, hostile)
    expect(made.html).not.toContain('<script')
    await mailer.send(made)
  }
  expect(taken).toHaveLength(2)
  for (const { to, raw } of taken) {
    expect(to).toEqual(['ana@acme.test'])
    const [head = ''] = raw.split('\r\n\r\n')
    expect(head).not.toMatch(/^Bcc:/im)
    expect(raw).not.toContain('\u202e')
  }
})

test('refuses a recipient that is more than one address', async () => {
  const { taken, port } = await mailServer()
  const mailer = mailerTo(`smtp://127.0.0.1:${port}?tls=off`)
  for (const to of [
    'ana@acme.test, eve@evil.test',
    'ana@acme.test\r\nRCPT TO:<eve@evil.test>',
    '<eve@evil.test>',
  ])
    expect(await failure(mailer.send({ ...letter, to }))).toMatchObject({
      code: 'invalid_address',
      permanent: true,
    })
  expect(taken).toEqual([])
})

test('writes to a person in their language, from right to left where that is theirs', () => {
  expect(letterOf({ ...note, locale: 'ar' }, sender).html).toContain('<html lang="ar" dir="rtl">')
  expect(letterOf({ ...note, locale: 'tlh' }, sender).html).toContain('<html lang="en" dir="ltr">')
})

const approver = {
  kind: 'approver' as const,
  to: 'ben@acme.test',
  locale: 'en' as const,
  by: 'ana@acme.test',
  minutes: 1_440,
  url: 'https://behalf.test/console/acme/revocations/requests/rvr_1',
  accounts: 120,
}

test('no address in the words of a colleague becomes a link, whatever the mail program takes for one', () => {
  const reason = 'Approve at https://evil.test/a?b=c or www.evil.test, ask eve@evil.test. It is e.g. urgent.'
  const { text, html } = letterOf({ ...approver, reason }, sender)
  for (const said of [text, html]) {
    expect(said).not.toMatch(/https?:\/\/(?!behalf\.test)|evil\.test|@evil/)
    expect(said.replaceAll('\u2060', '')).toContain(reason)
  }
  expect(text).toContain(approver.url)
})

test('one account is one account', () => {
  const { text } = letterOf({ ...approver, reason: 'x', accounts: 1 }, sender)
  expect(text).toContain('asked that 1 connected account of Acme be revoked')
})
