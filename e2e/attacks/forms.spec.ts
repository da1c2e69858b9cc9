// What people paste, under attack: fixation with keys and every other form, replay, forgery, hostile fields (THREATS.md
// C1, C3, C4, B2, O3).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { instance, vendorPorts } from '../../scripts/testing/instance.ts'
import { asSuperuser } from '../support/console.ts'
import { type Api, confirmSession, expect, freshUser, invite, type Session, test } from '../support/test.ts'
import { type Browser, codeOn, createBrowser, foreignHeaders, formHeaders, type Page } from './browser.ts'
import { attempts, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 60 * 60_000 })

type Fields = Record<string, string>
type Key = { name: string; secret?: string; file?: Record<string, string> }

async function newKey(kind: string, user: string, workspace?: string): Promise<Key> {
  const { sandboxUrl, sandboxControlKey } = instance()
  const response = await fetch(`${sandboxUrl}/_control/keys`, {
    method: 'POST',
    headers: { 'x-sandbox-control': sandboxControlKey, 'content-type': 'application/json' },
    body: JSON.stringify({ kind, user, ...(workspace && { workspace }) }),
  })
  return response.json()
}

/** Every kind of form, filled in with a key that is good at the provider. */
const forms: Record<string, (user: string) => Promise<Fields>> = {
  sandboxkeys: async (user) => ({
    subdomain: 'acme',
    api_key: (await newKey('api_key', user, 'acme')).secret ?? '',
  }),
  sandboxbasic: async (user) => {
    const { name, secret = '' } = await newKey('basic', user)
    return { email: name, password: secret }
  },
  sandboxclient: async (user) => {
    const { name, secret = '' } = await newKey('client', user)
    return { client_id: name, client_secret: secret }
  },
  sandboxservice: async (user) => ({
    key_file: JSON.stringify((await newKey('service_account', user)).file),
  }),
}
const connectors = Object.keys(forms)
const good = (connector: string, user: string): Promise<Fields> =>
  forms[connector]?.(user) ?? Promise.reject(new Error(`no form of ${connector}`))

// Tries are counted by organization and address: everybody here comes from one, so that attempts share no organization.
const orgOf = (attack: string, index: number) => `attacks-${attack}-${process.pid}-${index}`

const accountsOf = async (api: Api, org: string, user?: string) =>
  (await api.get(`/connected_accounts?org_id=${org}${user === undefined ? '' : `&user_id=${user}`}`)).body
    .data as { id: string; user_id: string; status: string; account: { label: string } }[]

const enter = (browser: Browser, session: Session, random: Chance): Promise<Page> =>
  random.pick([() => browser.enter(session), () => browser.enterByLink(session.hosted_url)])()

const asked = (page: Page): boolean => page.html.includes('/check"')

/** From the link to the form, in a browser. */
async function toForm(browser: Browser, session: Session, random: Chance): Promise<Page> {
  const page = await browser.agree(await enter(browser, session, random))
  if (!asked(page)) throw new Error(`no form: ${page.status} “${page.heading}”`)
  return page
}

const submit = (browser: Browser, form: Page, fields: Fields): Promise<Page> =>
  browser.press(
    form,
    '/check',
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value]])),
  )

const checkPath = (session: Session, connector: string) =>
  `/connect/${session.id}/credentials/${connector}/check`

type State = { keys: { presented: number }; token_client_credentials: number; token_jwt_bearer: number }
/** How often anything pasted came to the provider. */
const presented = ({ keys, token_client_credentials, token_jwt_bearer }: State) =>
  keys.presented + token_client_credentials + token_jwt_bearer

const sealedLeft = async (session: Session): Promise<number> =>
  (
    await asSuperuser(
      `SELECT 1 FROM connect_attempts WHERE replace(session_id::text, '-', '') = $1
        AND (sealed_answer IS NOT NULL OR sealed_form IS NOT NULL)`,
      [session.id.slice(3)],
    )
  ).length

test('a victim who pastes a key into an attacker’s invitation gives the attacker nothing, and the key is not kept', async ({
  api,
}) => {
  await campaign('fixation with a pasted key', attempts, async (random, index) => {
    const [attacker, victim] = [createBrowser('ben'), createBrowser('ana')]
    const [user, victimUser] = [freshUser(), freshUser()]
    const [connector, org] = [random.pick(connectors), orgOf('form-fixation', index)]
    const session = await invite(api, { org_id: org, user_id: user, connectors: [connector] })
    const theirs = random.below(2) ? await toForm(attacker, session, random) : null
    const last = await submit(victim, await toForm(victim, session, random), await good(connector, 'ana'))
    const code = codeOn(last)
    if (!code) throw new Error(`the victim did not finish: ${last.status} “${last.heading}”`)
    // What the attacker can still do: look at the last page, guess a code, paste a key of their own.
    const tries = random.shuffle([
      async () => codeOn(await attacker.goto(`/connect/${session.id}/done`)),
      async () => `bhf_cc_${'A'.repeat(43)}`,
      async () => (theirs ? codeOn(await submit(attacker, theirs, await good(connector, 'ben'))) : null),
      async () => codeOn(await attacker.agree(await enter(attacker, session, random)).catch(() => last0)),
    ])
    for (const attempt of tries.slice(0, random.below(4))) {
      const guessed = await attempt()
      if (guessed) await confirmSession(api, session, user, guessed)
    }
    const { body } = await confirmSession(api, session, victimUser, code)
    if (body.code !== 'user_mismatch') return `the host was told ${JSON.stringify(body)}`
    const late = await confirmSession(api, session, user, code)
    if (late.status === 200) return 'confirmed after all'
    const accounts = await accountsOf(api, org)
    if (accounts.length > 0) return JSON.stringify(accounts)
    return (await sealedLeft(session)) > 0 ? 'the key is still kept' : null
  })
})
const last0: Page = { status: 0, url: new URL('http://none.invalid'), html: '', heading: '' }

test('a form that was sent once connects nothing more, sent again by whomever', async ({ api, sandbox }) => {
  await campaign('form sent again', attempts, async (random, index) => {
    const person = createBrowser('ana')
    const user = freshUser()
    const [connector, org] = [random.pick(connectors), orgOf('form-replay', index)]
    const session = await invite(api, { org_id: org, user_id: user, connectors: [connector] })
    const form = await toForm(person, session, random)
    const stolen = person.cookies()
    const fields = await good(connector, 'ana')
    const code = codeOn(await submit(person, form, fields))
    if (!code) throw new Error('did not finish')
    const early = random.below(2) === 0
    if (!early) expect((await confirmSession(api, session, user, code)).status).toBe(200)
    const thief = random.pick([person, createBrowser('ben')])
    const again = await thief.raw(checkPath(session, connector), {
      method: 'POST',
      headers: { ...formHeaders, ...(random.below(2) && { cookie: stolen }) },
      body: new URLSearchParams(random.below(2) ? fields : await good(connector, 'ben')).toString(),
    })
    if (again.status < 400) return `answered ${again.status} ${again.location}`
    const settled = await confirmSession(api, session, user, code)
    if (settled.status !== (early ? 200 : 410)) return `confirmed with ${settled.status}`
    const accounts = await accountsOf(api, org)
    return accounts.length === 1 && accounts[0]?.account.label.startsWith('ana')
      ? null
      : JSON.stringify(accounts)
  })
  expect((await sandbox.state()).keys.presented).toBeGreaterThan(0)
})

test('a form from another jar, another site or another page is not tried at the provider', async ({
  api,
  sandbox,
}) => {
  const before = presented(await sandbox.state())
  await campaign('form from elsewhere', attempts, async (random, index) => {
    const [person, stranger] = [createBrowser('ana'), createBrowser('ben')]
    const [connector, org] = [random.pick(connectors), orgOf('form-elsewhere', index)]
    const session = await invite(api, { org_id: org, user_id: freshUser(), connectors: [connector] })
    await toForm(person, session, random)
    const fields = await good(connector, 'ben')
    const path = checkPath(session, connector)
    const body = new URLSearchParams(fields).toString()
    const post = (browser: Browser, headers: Record<string, string>) =>
      browser.raw(path, { method: 'POST', headers: { ...formHeaders, ...headers }, body })
    const stranded = async () => {
      const other = await invite(api, { org_id: org, user_id: freshUser(), connectors: [connector] })
      await toForm(stranger, other, random)
      // Their own cookie under the name of this session's.
      const value = /bhf_flow_\w+=([^;]+)/.exec(stranger.cookies())?.[1] ?? ''
      return post(stranger, { cookie: `bhf_flow_${session.id.slice(3)}=${value}` })
    }
    const entered = async () => {
      await enter(stranger, session, random)
      return post(stranger, {})
    }
    const foreign = async () => {
      const { 'content-type': type = formHeaders['content-type'], ...rest } = random.pick(foreignHeaders)
      return person.raw(path, { method: 'POST', headers: { 'content-type': type, ...rest }, body })
    }
    const answer = await random.pick([
      () => post(createBrowser('ben'), {}),
      () => post(createBrowser('ben'), { cookie: `bhf_flow_${session.id.slice(3)}=Fe26.2*1*forged` }),
      stranded,
      entered,
      foreign,
      foreign,
      () => person.raw(`${path}?${body}`),
      () => post(person, { 'content-type': 'application/json' }),
      () => post(person, { 'content-type': 'text/plain' }),
    ])()
    if (answer.status < 400) return `answered ${answer.status} ${answer.location}`
    if (answer.status >= 500) return `failed with ${answer.status}`
    const { status } = (await api.get(`/connect_sessions/${session.id}`)).body
    return status === 'authorizing' ? null : `the session is ${status}`
  })
  expect(presented(await sandbox.state())).toBe(before)
})

const hosts = ['evil.test', '127.0.0.1', '169.254.169.254', '[::1]', '0x7f000001', '2130706433', 'localhost.']
const hostile = {
  subdomain: (random: Chance): string => {
    const host = random.pick(hosts)
    return random.pick([
      `acme@${host}`,
      `acme:x@${host}`,
      `//${host}`,
      `/\\${host}`,
      `${host}/`,
      `https://${host}`,
      `https://acme@${host}/x`,
      `acme.${host}`,
      `acme/../../${host}`,
      '..',
      'acme/..',
      '%2e%2e',
      'acme%2f..%2f..',
      'acme?x=',
      'acme#',
      'acme\r\nx-evil: 1',
      'acme\u0000',
      'acme\u2024evil',
      'аcme',
      'ａcme。evil',
      'acme evil',
      'xn--acme-9cd',
      '{base}',
      '-acme',
      'a'.repeat(64),
      'a'.repeat(10_000),
      random.pick(hosts.filter((name) => /^[\d.x[\]:]/.test(name))),
    ])
  },
  api_key: (random: Chance): string =>
    random.pick([
      'atk_x\r\nx-evil: 1',
      'atk_x\nhost: evil.test',
      'atk_\u0000x',
      'atk_\u0130x',
      'atk x',
      '\u202eatk',
      '',
      '   ',
      'k'.repeat(5_000),
      '{subdomain}\t{api_key}',
    ]),
}

test('no field reaches another host, another header or another connector', async ({ api, sandbox }) => {
  const before = presented(await sandbox.state())
  await campaign('hostile fields', attempts, async (random, index) => {
    const person = createBrowser('ana')
    const org = orgOf('form-fields', index)
    const session = await invite(api, { org_id: org, user_id: freshUser(), connectors: ['sandboxkeys'] })
    const form = await toForm(person, session, random)
    const fields = { subdomain: 'acme', api_key: `atk_${'x'.repeat(32)}` }
    const field = random.pick(['subdomain', 'subdomain', 'api_key'] as const)
    const bent = new URLSearchParams({ ...fields, [field]: hostile[field](random) })
    const other = random.pick([
      ...connectors.slice(1),
      'sandbox',
      'github',
      '__proto__',
      'constructor',
      '..%2fsandboxkeys',
      'SANDBOXKEYS',
      '%00',
    ])
    const twice = new URLSearchParams([...Object.entries(fields), ['subdomain', 'evil']])
    const post = (path: string, body: string) =>
      person.raw(path, { method: 'POST', headers: formHeaders, body })
    const bend = () => post(form.url.pathname.concat('/check'), bent.toString())
    const answer = await random.pick([
      bend,
      bend,
      bend,
      () => post(checkPath(session, other), new URLSearchParams(fields).toString()),
      () => post(checkPath(session, 'sandboxkeys'), twice.toString()),
    ])()
    if (answer.status >= 500) return `failed with ${answer.status} for ${bent}`
    if (answer.status < 400 && answer.location !== form.url.pathname) return `led to ${answer.location}`
    return (await accountsOf(api, org)).length > 0 ? 'connected' : null
  })
  expect(presented(await sandbox.state())).toBe(before)
})

test('fields that are not asked for, and addresses in a key file, decide nothing', async ({ api }) => {
  let hits = 0
  const evil = createServer((_request, response) => {
    hits++
    response.end('{}')
  })
  await new Promise<void>((ready) => evil.listen(vendorPorts().evil, '127.0.0.1', ready))
  const address = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`
  try {
    await campaign('fields nobody asked for', attempts, async (random, index) => {
      const person = createBrowser('ana')
      const [user, other] = [freshUser(), freshUser()]
      const [connector, org] = [random.pick(connectors), orgOf('form-extra', index)]
      const session = await invite(api, {
        org_id: org,
        user_id: user,
        connectors: [connector],
        scopes: { [connector]: ['tasks:read'] },
      })
      const form = await toForm(person, session, random)
      const fields = await good(connector, 'ana')
      if (fields.key_file) {
        const file = JSON.parse(fields.key_file) as Record<string, string>
        fields.key_file = JSON.stringify({ ...file, token_uri: `${address}/token`, universe_domain: address })
      }
      const extra = {
        user_id: other,
        org_id: 'attacks',
        scope: 'tasks:read tasks:write tasks:delete',
        base: address,
        token_url: `${address}/token`,
        return_url: address,
        confirmation: 'none',
        status: 'active',
        __proto__x: '1',
      }
      const last = await submit(person, form, { ...fields, ...extra })
      const code = codeOn(last)
      if ((await accountsOf(api, org)).length > 0) return 'connected without the host’s word'
      if (last.status >= 500) return `failed with ${last.status}`
      if (!code) return null
      await confirmSession(api, session, user, code)
      const accounts = await accountsOf(api, org)
      if (accounts.some(({ user_id }) => user_id !== user)) return JSON.stringify(accounts)
      const { body } = await api.get(`/connected_accounts/${accounts[0]?.id}`)
      return JSON.stringify(body).includes('tasks:write') ? 'more was granted than agreed to' : null
    })
  } finally {
    evil.closeAllConnections()
    await new Promise((closed) => evil.close(closed))
  }
  expect(hits, 'requests to an address of the person’s own').toBe(0)
})

test('keys are guessed ten times in a session and thirty from an address, however many are sent at once', async ({
  api,
  sandbox,
}) => {
  const rounds = Math.max(1, Math.ceil(attempts / 20))
  const before = presented(await sandbox.state())
  await campaign('guessing a key', rounds, async (random, index) => {
    const org = orgOf('form-guess', index)
    const sessions = await Promise.all(
      Array.from({ length: 4 }, () =>
        invite(api, { org_id: org, user_id: freshUser(), connectors: ['sandboxkeys'] }),
      ),
    )
    const posts = await Promise.all(
      sessions.map(async (session) => {
        const browser = createBrowser('ben')
        await toForm(browser, session, random)
        const cookie = browser.cookies()
        return () => {
          const address = Array.from({ length: 4 }, () => random.below(256)).join('.')
          return createBrowser('ben').raw(checkPath(session, 'sandboxkeys'), {
            method: 'POST',
            headers: { ...formHeaders, cookie, 'x-forwarded-for': address, forwarded: `for=${address}` },
            body: new URLSearchParams({ subdomain: 'acme', api_key: `atk_${random.next()}` }).toString(),
          })
        }
      }),
    )
    const [alone = () => Promise.reject(new Error('no session'))] = posts
    await Promise.all(Array.from({ length: 25 }, alone))
    const first = (await tried(api, org)).length
    if (first > 10) return `${first} keys tried in a session`
    await Promise.all(Array.from({ length: 50 }, () => random.pick(posts)()))
    const all = (await tried(api, org)).length
    return all > 30 ? `${all} keys tried from an address` : null
  })
  const counted = presented(await sandbox.state()) - before
  expect(counted).toBeGreaterThan(0)
  expect(counted).toBeLessThanOrEqual(30 * rounds)
})

const tried = async (api: Api, org: string) =>
  (await api.get(`/audit_events?org_id=${org}&action=connection.credentials_refused&limit=100`)).body
    .data as unknown[]

test('of a form that is sent many times at once, one connection comes', async ({ api }) => {
  await campaign('parallel submits', attempts, async (random, index) => {
    const person = createBrowser('ana')
    const user = freshUser()
    const [connector, org] = [random.pick(connectors), orgOf('form-race', index)]
    const session = await invite(api, { org_id: org, user_id: user, connectors: [connector] })
    const form = await toForm(person, session, random)
    const cookie = person.cookies()
    const fields = await good(connector, 'ana')
    const windows = Array.from({ length: 2 + random.below(4) }, () => createBrowser('ana'))
    const sent = await Promise.all(
      windows.map((window) =>
        window.raw(form.url.pathname.concat('/check'), {
          method: 'POST',
          headers: { ...formHeaders, cookie },
          body: new URLSearchParams(fields).toString(),
        }),
      ),
    )
    if (sent.some(({ status }) => status >= 500)) return `failed: ${sent.map(({ status }) => status)}`
    const ends = await Promise.all(windows.map((window) => window.goto(`/connect/${session.id}/done`)))
    const codes = [...new Set(ends.flatMap((page) => codeOn(page) ?? []))]
    const answers = await Promise.all(codes.map((code) => confirmSession(api, session, user, code)))
    const accounts = await accountsOf(api, org)
    const taken = answers.filter(({ status }) => status === 200).length
    const { body } = await api.get(`/connected_accounts/${accounts[0]?.id}/connections`)
    const consents = (body.data as unknown[] | undefined)?.length ?? 0
    return accounts.length === 1 && taken === 1 && consents === 1
      ? null
      : `${accounts.length} accounts, ${consents} consents, ${taken} of ${codes.length} codes`
  })
})

test('a reconnect with a key of another account changes nothing of the first', async ({ api }) => {
  await campaign('reconnect with another’s key', attempts, async (random, index) => {
    const user = freshUser()
    const [connector, org] = [random.pick(connectors), orgOf('form-reconnect', index)]
    const connect = async (more: object, as: string) => {
      const browser = createBrowser(as)
      const session = await invite(api, { org_id: org, user_id: user, connectors: [connector], ...more })
      const last = await submit(browser, await toForm(browser, session, random), await good(connector, as))
      const code = codeOn(last)
      if (code) await confirmSession(api, session, user, code)
      return { last, code }
    }
    await connect({}, 'ana')
    const [account] = await accountsOf(api, org)
    if (!account) throw new Error('not connected')
    const { last, code } = await connect({ connected_account_id: account.id }, 'ben')
    if (code || last.status !== 409) return `answered ${last.status} “${last.heading}”`
    const after = await accountsOf(api, org)
    if (after.length !== 1 || after[0]?.status !== 'active') return JSON.stringify(after)
    const run = await api.post('/tools/execute', {
      connected_account_id: account.id,
      tool_name: `${connector}.list_tasks`,
    })
    return run.body.status === 'succeeded' ? null : `the old key: ${JSON.stringify(run.body)}`
  })
})
