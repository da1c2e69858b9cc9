import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { deployment, forOrg } from '#lib/db'
import type { IdentityProvider } from '../../../scripts/testing/identity-provider.ts'
import {
  addSsoDomainIn,
  changeSsoConnection,
  checkSsoDomain,
  deleteSsoConnectionIn,
  getSsoConnection,
  inspectIssuer,
  issueLinkIn,
  issueSignInLinkIn,
  redeemSignInLink,
  removeSsoDomainIn,
  requireSsoIn,
  setSsoStatusIn,
  ssoFor,
} from '../index.ts'
import {
  acme,
  acmeSso,
  ada,
  by,
  connected,
  dns,
  evil,
  globex,
  globexSso,
  idp,
  members,
  operator,
  prepareSso,
  refused,
  secret,
  signIn,
  superuser,
} from './testing.ts'

prepareSso()

test('says in words what is wrong with an identity provider', async () => {
  const says = async (lies: IdentityProvider['state']['lies'], issuer = evil.issuer) => {
    evil.state.lies = lies
    return (await inspectIssuer(issuer, { scopes: ['openid', 'rare'] })).map(
      (one) => `${one.tone}: ${one.says}`,
    )
  }
  expect(await says({})).toEqual([
    'success: The discovery document is there and speaks for this issuer.',
    'warning: It does not list these scopes: rare.',
    'success: It publishes 1 key.',
  ])
  expect(await says({ metadata: { issuer: idp.issuer } })).toEqual([
    expect.stringMatching(/danger: .*another name/),
  ])
  expect(await says({ metadata: { token_endpoint: 7 } })).toEqual([expect.stringMatching(/token_endpoint/)])
  expect(await says({ metadata: { authorization_endpoint: 'javascript:alert(1)' } })).toEqual([
    expect.stringMatching(/authorization_endpoint/),
  ])
  expect(await says({}, 'https://10.0.0.1')).toEqual([expect.stringMatching(/may not reach/)])
  expect(await says({}, 'http://localhost:1')).toEqual([expect.stringMatching(/may not reach/)])
  const redirect = (_: string, response: ServerResponse) => !!response.writeHead(302, { location: '/' }).end()
  expect(await says({ handle: redirect })).toEqual([expect.stringMatching(/redirect/)])
  expect(await says({ handle: (_, response) => !!response.end('<html>') })).toEqual([
    expect.stringMatching(/not JSON/),
  ])
})

test('never sends a client secret to another issuer than the one it was given for', async () => {
  const input = {
    ...{
      name: 'Staff',
      issuer: evil.issuer,
      client_id: 'behalf-acme',
      client_auth: 'client_secret_basic' as const,
    },
    ...{ scopes: ['openid'], groups_claim: 'groups', creates_members: true },
  }
  await expect(
    changeSsoConnection(acme, operator, acmeSso.id, input, async () => undefined),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  })
  const moved = { ...input, client_secret: 'another' }
  expect(await changeSsoConnection(acme, operator, acmeSso.id, moved, async () => undefined)).toMatchObject({
    hasSecret: true,
  })
  await expect(getSsoConnection(globex, acmeSso.id)).rejects.toMatchObject({ code: 'not_found' })
})

test('keeps the secret sealed', async () => {
  const [row] = await superuser.sql(
    'SELECT sealed_client_secret::text AS sealed FROM sso_connections LIMIT 1',
  )
  expect(String(row?.sealed)).not.toContain(Buffer.from(secret).toString('hex'))
})

test('leads an address to the org that has verified its very domain, and no other', async () => {
  expect((await ssoFor('Ada@ACME.test'))?.connection.id).toBe(acmeSso.id)
  expect((await ssoFor('x@globex.test'))?.connection.id).toBe(globexSso.id)
  for (const address of [
    'x@sub.acme.test',
    'x@acme.test.evil.test',
    'acme.test',
    '@acme.test',
    'a b@acme.test',
    '',
  ])
    expect(await ssoFor(address), address).toBeNull()
  await forOrg(acme, (tx) => setSsoStatusIn(tx, acme, acmeSso.id, 'off'))
  expect(await ssoFor('ada@acme.test')).toBeNull()
  await expect(signIn()).rejects.toThrow(/switched off/)
})

test('leads an address of no org to the deployment’s own connection', async () => {
  const own = await connected(deployment, idp.issuer)
  try {
    expect((await ssoFor('op@elsewhere.test'))?.connection.id).toBe(own.id)
    idp.state.person = { ...ada(), sub: 'op', email: 'op@elsewhere.test' }
    idp.state.lies = { claims: { email_verified: undefined } }
    const place = { tenant: deployment, connection: own }
    expect(await refused(signIn(place))).toBe('email_unverified')
    idp.state.lies = {}
    expect((await signIn(place)).member.role).toBe('security_admin')
  } finally {
    await superuser.sql('DELETE FROM sso_connections')
    await superuser.sql(`DELETE FROM members WHERE sub = 'op'`)
  }
})

test('gives a domain to whoever proves it, and to another only when that record is gone', async () => {
  const claim = await forOrg(globex, (tx) => addSsoDomainIn(tx, globex, 'acme.test', by))
  const check = () => checkSsoDomain(globex, claim.id, async () => undefined)
  expect(await check()).toMatchObject({ verified: false, problem: expect.stringMatching(/is another/) })
  const both = [...(dns.zone.txt[claim.record.name] ?? []), claim.record.value]
  dns.zone.txt[claim.record.name] = both
  expect(await check()).toMatchObject({
    verified: false,
    problem: expect.stringMatching(/another organization/),
  })
  expect((await ssoFor('ada@acme.test'))?.tenant.externalId).toBe('acme')
  dns.zone.txt[claim.record.name] = [claim.record.value]
  expect(await check()).toMatchObject({ verified: true, problem: null })
  expect((await ssoFor('ada@acme.test'))?.tenant.externalId).toBe('globex')
})

test('looks at a domain again when a day has passed, and gives it up three days after its record went', async () => {
  dns.zone.txt = {}
  const age = (column: string, hours: number) =>
    superuser.sql(
      `UPDATE sso_domains SET ${column} = now() - make_interval(hours => $1) WHERE domain = 'acme.test'`,
      [hours],
    )
  expect(await ssoFor('ada@acme.test')).not.toBeNull()
  await age('checked_at', 25)
  expect(await ssoFor('ada@acme.test')).not.toBeNull()
  await age('failing_since', 73)
  await age('checked_at', 25)
  expect(await ssoFor('ada@acme.test')).toBeNull()
})

test('requires single sign-on: links open nothing any more, but for one that was printed on the server', async () => {
  const printed = () => forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'root@acme.test', 'owner'))
  const { member } = await signIn()
  const mailed = await forOrg(acme, (tx) => issueLinkIn(tx, acme, member.id))
  const caller = { kind: 'admin', memberId: member.id, home: acme, reach: acme, role: 'owner' } as never
  await forOrg(acme, (tx) => requireSsoIn(tx, acme, caller, by, true))
  await expect(redeemSignInLink(mailed)).rejects.toMatchObject({ code: 'forbidden' })
  expect(await redeemSignInLink(await printed())).toMatchObject({ email: 'root@acme.test' })
  expect((await signIn()).member.id).toBe(member.id)
  // Nobody opts out by taking away what is required.
  const conflict = expect.objectContaining({ code: 'conflict' })
  await expect(forOrg(acme, (tx) => setSsoStatusIn(tx, acme, acmeSso.id, 'off'))).rejects.toEqual(conflict)
  const moved = {
    ...{ name: 'Mine', issuer: evil.issuer, client_id: 'x', client_auth: 'none' as const },
    ...{ scopes: [], groups_claim: 'groups', creates_members: true },
  }
  await expect(changeSsoConnection(acme, operator, acmeSso.id, moved, async () => undefined)).rejects.toEqual(
    conflict,
  )
  await expect(forOrg(acme, (tx) => deleteSsoConnectionIn(tx, acme, acmeSso.id))).rejects.toEqual(conflict)
  const [{ id } = { id: '' }] = await superuser.sql(
    `SELECT 'ssod_' || replace(id::text, '-', '') AS id FROM sso_domains WHERE org_id = $1`,
    [acme.orgId],
  )
  await expect(forOrg(acme, (tx) => removeSsoDomainIn(tx, acme, String(id)))).rejects.toEqual(conflict)
})

test('lets nobody require it who could then not come in, and ends the sessions of all others', async () => {
  await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'root@acme.test', 'owner'))
  const [root] = await members()
  const as = (memberId: unknown) =>
    ({ kind: 'admin', memberId, home: acme, reach: acme, role: 'owner' }) as never
  const require = (memberId: unknown) => forOrg(acme, (tx) => requireSsoIn(tx, acme, as(memberId), by, true))
  await expect(require(root?.id)).rejects.toMatchObject({ code: 'conflict' })
  const { member } = await signIn({ purpose: { kind: 'join', memberId: String(root?.id) } })
  expect(member.id).toBe(root?.id)
  await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'bob@acme.test', 'auditor'))
  await require(root?.id)
  expect((await members()).map(({ email, version }) => [email, version])).toEqual([
    ['root@acme.test', 1],
    ['bob@acme.test', 2],
  ])
})

test('requires nothing by a connection that is just being switched off', async () => {
  const operator = { kind: 'admin', memberId: 'op', home: deployment, reach: null, role: 'owner' } as never
  await superuser.sql('BEGIN')
  await superuser.sql(`UPDATE sso_connections SET status = 'off' WHERE org_id = $1`, [acme.orgId])
  const requiring = forOrg(acme, (tx) => requireSsoIn(tx, acme, operator, by, true)).catch((e: unknown) => e)
  await expect
    .poll(() =>
      superuser.sql(
        `SELECT 1 AS waits FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ),
    )
    .toEqual([{ waits: 1 }])
    .finally(() => superuser.sql('COMMIT'))
  expect(await requiring).toMatchObject({ code: 'conflict' })
})
