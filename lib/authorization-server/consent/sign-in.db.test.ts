import { expect, test, vi } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import { changeOrgIn } from '#lib/tenancy'
import { origin } from '../../../scripts/testing/practice.ts'
import {
  askProduct,
  beginMail,
  confirmSignIn,
  finishWithMail,
  finishWithProduct,
  type Interaction,
  mailCode,
  provenPeople,
  readInteraction,
  signInView,
  tryMailCode,
} from '../index.ts'
import { mailRules, signInMailsPerHourMax } from './mail-code.ts'
import {
  account,
  asked,
  base,
  goOn,
  grantsOf,
  inbox,
  known,
  newBrowser,
  orgAt,
  post,
  practice,
  prepareConsent,
  redirectUri,
  register,
  superuser,
  t,
  uidOf,
  verifier,
} from './testing.ts'

prepareConsent()

const vouched = async (interaction: Interaction, user_id: string) => {
  const to = new URL(await askProduct(interaction))
  const { redirect_url } = await confirmSignIn(
    practice.caller,
    to.searchParams.get('sign_in') ?? '',
    { user_id },
    origin,
  )
  return { to, code: new URL(redirect_url).searchParams.get('code') ?? '', redirect_url }
}

const letterTo = (address: string, since: number) =>
  vi.waitFor(() => {
    const found = inbox.taken.slice(since).find(({ to }) => to.includes(address))
    if (!found) throw new Error('no letter yet')
    return found
  }, 10_000)

test('a product vouches for who is signed in there, and the client gets a token that names the person', async () => {
  const user = await known('acme', 'u_1', 'ana@acme.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'u_1' })
  const browser = newBrowser()
  const clientId = await register()
  const interaction = await asked(browser, clientId, orgAt('acme'))
  expect(interaction).toMatchObject({ prompt: 'login', orgId: 'acme', client: { local: true } })
  const { to, code } = await vouched(interaction, 'u_1')
  expect(to.origin + to.pathname).toBe('https://app.acme.test/vouch')
  const signedIn = await finishWithProduct(interaction, code, origin)
  expect(signedIn).toEqual(account(user))
  const { to: consentAt } = await goOn(browser, {
    kind: 'signed_in',
    account: signedIn,
    authTime: new Date(),
  })
  const { authorize } = await import('#runtime')
  const consent = await readInteraction({ headers: browser.headers() }, uidOf(consentAt))
  const screen = await authorize.screen(consent, signedIn, t)
  expect(screen.view.accounts).toMatchObject([{ id: connected_account_id, connector: { id: 'sandbox' } }])
  expect(screen.text).toContain('It calls itself “Claude”. Nobody has checked that name.')
  expect(screen.text).toContain('127.0.0.1:51999')
  const decision = await authorize.allow(
    consent,
    signedIn,
    {
      hash: screen.hash,
      duration: 'once',
      accounts: [{ id: connected_account_id ?? '', mode: 'all', tools: [] }],
    },
    t,
    origin,
  )
  const { to: back } = await goOn(browser, decision)
  const answered = new URL(back)
  expect(`${answered.origin}${answered.pathname}`).toBe(redirectUri)
  const token = await post(
    '/oauth/token',
    new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri },
      ...{ code: answered.searchParams.get('code') ?? '', code_verifier: verifier },
    }).toString(),
    'application/x-www-form-urlencoded',
  )
  expect(token.status, JSON.stringify(token.body)).toBe(200)
  const claims = JSON.parse(
    Buffer.from(token.body.access_token?.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, unknown>
  const [grant] = await grantsOf(user.tenant)
  expect(claims).toMatchObject({
    org: 'acme',
    aud: orgAt('acme'),
    permissions: ['tools:read', 'tools:write'],
  })
  expect(parseId('agent_grant', String(claims.grant_id))).toBe(grant?.id)
  expect(parseId('end_user', String(claims.sub))).toBe(user.userId)
  expect((await listAudit(user.tenant, { action: 'agent_grant.created' }, null, 5)).length).toBe(1)
  expect((await listEvents(user.tenant, { type: 'agent_grant.created' }, null, 5))[0]?.data).toMatchObject({
    user_id: 'u_1',
    client_id: clientId,
    connected_account_ids: [connected_account_id],
  })
})

test('a victim whose product vouches for an attacker’s sign-in signs nobody in: the answer is good in one browser alone', async () => {
  const victim = await known('globex', 'u_9', 'vic@globex.test')
  const attacker = newBrowser()
  const clientId = await register()
  const interaction = await asked(attacker, clientId, orgAt('globex'))
  const { code, redirect_url } = await vouched(interaction, 'u_9')
  const uid = uidOf(redirect_url)
  // The victim's browser follows its own product's redirect, without the cookie.
  await expect(readInteraction({ headers: newBrowser().headers() }, uid)).rejects.toMatchObject({
    code: 'session_expired',
  })
  await expect(finishWithProduct(null, code, origin)).rejects.toMatchObject({ code: 'user_mismatch' })
  // And what leaked is burnt: not even the browser that began can use it now.
  await expect(finishWithProduct(interaction, code, origin)).rejects.toMatchObject({ code: 'session_used' })
  const events = await listAudit(victim.tenant, { action: 'sign_in.refused' }, null, 5)
  expect(events).toMatchObject([{ outcome: 'denied', error_code: 'user_mismatch', user_id: 'u_9' }])
  // Nor is it good for another interaction of the attacker's own.
  const again = await asked(attacker, clientId, orgAt('globex'))
  const second = await vouched(again, 'u_9')
  const other = newBrowser()
  const elsewhere = await asked(other, clientId, orgAt('globex'))
  await expect(finishWithProduct(elsewhere, second.code, origin)).rejects.toMatchObject({
    code: 'user_mismatch',
  })
})

test('a product vouches once, for its own org, in time, and not for whoever is locked out', async () => {
  const user = await known('acme', 'u_1', 'ana@acme.test')
  await known('other', 'u_1', 'ana@other.test')
  const browser = newBrowser()
  const interaction = await asked(browser, await register(), orgAt('acme'))
  const handle = new URL(await askProduct(interaction)).searchParams.get('sign_in') ?? ''
  const other = await practice.tenant('other')
  const restricted = { ...practice.caller, reach: other } as typeof practice.caller
  for (const [caller, input] of [
    [restricted, { user_id: 'u_1' }],
    [practice.caller, { user_id: 'u_1', org_id: 'other' }],
  ] as const)
    await expect(confirmSignIn(caller, handle, input, origin)).rejects.toMatchObject({ code: 'not_found' })
  await expect(
    confirmSignIn(practice.caller, 'bhf_si_unknown', { user_id: 'u_1' }, origin),
  ).rejects.toMatchObject({ code: 'not_found' })
  await confirmSignIn(practice.caller, handle, { user_id: 'u_1' }, origin)
  await expect(confirmSignIn(practice.caller, handle, { user_id: 'u_2' }, origin)).rejects.toMatchObject({
    code: 'session_used',
  })
  const late = new URL(await askProduct(interaction)).searchParams.get('sign_in') ?? ''
  await superuser.tamper(`UPDATE sign_ins SET expires_at = now() - interval '1 second' WHERE org_id = $1`, [
    user.tenant.orgId,
  ])
  await expect(confirmSignIn(practice.caller, late, { user_id: 'u_1' }, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
  const slow = await vouched(interaction, 'u_1')
  await superuser.tamper(`UPDATE sign_ins SET expires_at = now() - interval '1 second' WHERE org_id = $1`, [
    user.tenant.orgId,
  ])
  await expect(finishWithProduct(interaction, slow.code, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
})

test('asks no product whose page lies outside its registered origins', async () => {
  const { tenant } = await known('acme', 'u_1', 'ana@acme.test')
  const outside = { settings: { sign_in_url: 'https://elsewhere.test/vouch' } }
  const refused = { code: 'invalid_request', facts: { param: 'settings.sign_in_url' } }
  await expect(forOrg(tenant, (tx) => changeOrgIn(tx, tenant, outside))).rejects.toMatchObject(refused)
  const interaction = await asked(newBrowser(), await register(), orgAt('acme'))
  await superuser.tamper(`UPDATE organizations SET origins = '{https://elsewhere.test}' WHERE id = $1`, [
    tenant.orgId,
  ])
  await expect(askProduct(interaction)).rejects.toMatchObject({ code: 'not_found' })
  expect((await signInView(interaction, false)).product).toBe(false)
})

test('a code by mail signs in who has the address, in the browser that asked, and is good once', async () => {
  const user = await known('mailed', 'u_1', 'mia@mailed.test')
  const browser = newBrowser()
  const interaction = await asked(browser, await register(), orgAt('mailed'))
  const since = inbox.taken.length
  const letter = await beginMail(interaction, ' MIA@mailed.test', 'en', origin)
  if (letter) await mailCode(letter)
  const { text, raw } = await letterTo('mia@mailed.test', since)
  expect(raw).toMatch(/^Subject: Your code to sign in at mailed\r$/m)
  expect(text).not.toContain('Claude')
  const code = /\b(\d{8})\b/.exec(text)?.[1] ?? ''
  expect(await tryMailCode(interaction, '123')).toBe('shape')
  expect(await tryMailCode(interaction, '00000000' === code ? '00000001' : '00000000')).toBe('wrong')
  expect(await provenPeople(interaction)).toEqual([])
  const elsewhere = await asked(newBrowser(), await register(), orgAt('mailed'))
  expect(await tryMailCode(elsewhere, code)).toBe('over')
  expect(await tryMailCode(interaction, `${code.slice(0, 4)} ${code.slice(4)}`)).toBe('right')
  expect(await finishWithMail(interaction, user.userId, origin)).toEqual(account(user))
  await expect(finishWithMail(interaction, user.userId, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
  expect(await tryMailCode(interaction, code)).toBe('over')
})

test('too many wrong codes end the right one too, and another letter does not begin anew', async () => {
  await known('guessed', 'u_1', 'gia@guessed.test')
  const interaction = await asked(newBrowser(), await register(), orgAt('guessed'))
  const since = inbox.taken.length
  const letter = await beginMail(interaction, 'gia@guessed.test', 'en', origin)
  if (letter) await mailCode(letter)
  const code = /\b(\d{8})\b/.exec((await letterTo('gia@guessed.test', since)).text)?.[1] ?? ''
  const wrong = code === '00000000' ? '00000001' : '00000000'
  for (let at = 0; at < mailRules.tries; at++) await tryMailCode(interaction, wrong)
  expect(await tryMailCode(interaction, code)).toBe('over')
  expect(await provenPeople(interaction)).toEqual([])
  expect(await beginMail(interaction, 'gia@guessed.test', 'en', origin)).toBeNull()
})

test('answers the same for an address that nobody has, to the last try', async () => {
  await known('quiet', 'u_1', 'quinn@quiet.test')
  const said: string[][] = []
  for (const address of ['quinn@quiet.test', 'nobody@quiet.test']) {
    const interaction = await asked(newBrowser(), await register(), orgAt('quiet'))
    const answers: string[] = []
    for (let send = 0; send < mailRules.sends + 1; send++) {
      const letter = await beginMail(interaction, address, 'en', origin)
      answers.push(letter ? 'sent' : 'no more')
      if (letter) await mailCode(letter)
    }
    for (let at = 0; at <= mailRules.tries; at++) answers.push(await tryMailCode(interaction, '99999999'))
    said.push(answers)
  }
  expect(said[0]).toEqual(said[1])
  expect(said[0]).toEqual([
    'sent',
    'sent',
    'sent',
    'sent',
    'no more',
    'wrong',
    'wrong',
    'wrong',
    'wrong',
    'over',
    'over',
  ])
})

test('an address gets so many codes an hour, however many browsers ask', async () => {
  const { tenant } = await known('flooded', 'u_1', 'flo@flooded.test')
  for (let at = 0; at < signInMailsPerHourMax.address + 3; at++) {
    const interaction = await asked(newBrowser(), await register(), orgAt('flooded'))
    const letter = await beginMail(interaction, 'flo@flooded.test', 'en', origin)
    if (letter) await mailCode(letter)
  }
  const rows = await superuser.sql('SELECT FROM mails WHERE org_id = $1', [tenant.orgId])
  expect(rows).toHaveLength(signInMailsPerHourMax.address)
})

test('where the resource is every org’s, the address is proven first, and then one of the orgs that know it is chosen', async () => {
  const first = await known('north', 'u_1', 'both@people.test')
  const second = await known('south', 'u_7', 'both@people.test')
  const interaction = await asked(newBrowser(), await register(), `${base}/mcp`)
  expect(await signInView(interaction, false)).toMatchObject({
    organization: null,
    product: false,
    state: 'ask',
    choices: [],
  })
  const since = inbox.taken.length
  const letter = await beginMail(interaction, 'both@people.test', 'en', origin)
  if (letter) await mailCode(letter)
  expect((await signInView(interaction, true)).choices).toEqual([])
  const { text } = await letterTo('both@people.test', since)
  expect(text).not.toMatch(/north|south|Deployment/)
  expect(text).toContain(new URL(base).host)
  expect(await tryMailCode(interaction, /\b(\d{8})\b/.exec(text)?.[1] ?? '')).toBe('right')
  const { state, choices } = await signInView(interaction, true)
  expect(state).toBe('choose')
  expect(choices.map(({ name }) => name).sort()).toEqual(['north', 'south'])
  const stranger = await known('west', 'u_3', 'else@people.test')
  await expect(finishWithMail(interaction, stranger.userId, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
  expect(await finishWithMail(interaction, second.userId, origin)).toEqual(account(second))
  expect(first.userId).not.toBe(second.userId)
})
