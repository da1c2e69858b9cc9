import { createHash, hkdfSync, randomBytes } from 'node:crypto'
import { sealData, unsealData } from 'iron-session'
import { calculatePKCECodeChallenge } from 'oauth4webapi'
import { z } from 'zod'
import { config } from '#lib/config'
import { lookupTenant, type Tx } from '#lib/db'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { findSsoConnection } from './connections.ts'
import { identityProvider } from './issuer.ts'
import { SignInRefused } from './refused.ts'
import type { SsoConnection } from './schema.ts'

/** How long somebody may take at their identity provider, in seconds. */
export const flowSeconds = 10 * 60

/** What a sign-in is for. */
const purpose = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sign_in') }),
  /** Whoever is signed in shows once more that it is they. */
  z.object({ kind: z.literal('step_up'), memberId: z.uuid() }),
  /** Whoever is signed in joins their account to the single sign-on. */
  z.object({ kind: z.literal('join'), memberId: z.uuid() }),
  /** Whoever was invited accepts by it: `token` is that of the invitation. */
  z.object({ kind: z.literal('invitation'), token: z.string() }),
])
export type Purpose = z.output<typeof purpose>

const flowSchema = z.object({
  id: z.uuid(),
  orgId: z.uuid(),
  connection: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  purpose,
  /** Path of a page of the console. */
  returnTo: z.string().nullable(),
  hint: z.string().nullable(),
  /** When it began, in seconds since 1970. */
  startedAt: z.number().int(),
})
/** One sign-in of one browser: sealed in a cookie of it, so that nothing is written for whoever only starts one. */
export type SsoFlow = z.output<typeof flowSchema>

const password = (): string =>
  Buffer.from(hkdfSync('sha256', config().sessionSecret, '', 'behalf/console-sso', 32)).toString('base64')

const random = () => randomBytes(32).toString('base64url')

/** Begins a sign-in. @returns what to keep in the browser's cookie @throws SignInRefused `unreachable`, `connection_off` */
export async function startSso(
  tenant: Tenant,
  connection: SsoConnection,
  asked: { purpose: Purpose; returnTo: string | null; hint: string | null },
): Promise<string> {
  if (connection.status !== 'on') throw new SignInRefused('connection_off')
  await identityProvider(connection.issuer)
  const flow: SsoFlow = {
    id: newId(),
    orgId: tenant.orgId,
    connection: connection.id,
    state: random(),
    nonce: random(),
    verifier: random(),
    ...asked,
    hint: asked.hint?.slice(0, 320) ?? null,
    startedAt: Math.floor(Date.now() / 1000),
  }
  return sealData(flow, { password: password(), ttl: flowSeconds })
}

/** The flow in a cookie; `null` for one that is absent, forged or too old. */
export async function openSsoFlow(sealed: string | undefined): Promise<SsoFlow | null> {
  if (!sealed) return null
  const options = { password: password(), ttl: flowSeconds }
  const given = await unsealData<unknown>(sealed, options).catch(() => null)
  const flow = flowSchema.safeParse(given)
  return flow.success ? flow.data : null
}

/** The connection of a flow, as it stands now. @throws SignInRefused `connection_off` */
export async function connectionOf(tenant: Tenant, flow: SsoFlow): Promise<SsoConnection> {
  const connection = await findSsoConnection(tenant, flow.connection)
  if (connection?.status !== 'on') throw new SignInRefused('connection_off')
  return connection
}

/**
 * Where the browser goes to sign in: code flow with PKCE, state and nonce.
 * @throws SignInRefused
 * @see OpenID Connect Core 1.0 §3.1.2.1, RFC 7636
 */
export async function ssoAuthorizeUrl(flow: SsoFlow): Promise<string> {
  const tenant = await lookupTenant(flow.orgId)
  if (!tenant) throw new SignInRefused('connection_off')
  const connection = await connectionOf(tenant, flow)
  const { authorization_endpoint } = await identityProvider(connection.issuer)
  const url = new URL(authorization_endpoint)
  const params = {
    response_type: 'code',
    client_id: connection.clientId,
    redirect_uri: connection.redirectUri,
    scope: connection.scopes.join(' '),
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: await calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: 'S256',
    ...(flow.hint !== null && { login_hint: flow.hint }),
    // Somebody else may sit before a browser in which the identity provider still knows the first.
    ...(flow.purpose.kind === 'step_up' && { prompt: 'login', max_age: '0' }),
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
  return url.href
}

/** Uses a flow up: whatever comes of it, it is good once. @returns false for one that was used */
export async function spendFlowIn(tx: Tx, tenant: Tenant, flow: SsoFlow): Promise<boolean> {
  const digest = createHash('sha256').update(`console-sso ${flow.id}`).digest()
  const spent = await tx.$executeRaw`
    INSERT INTO sso_assertions (org_id, digest, expires_at)
    VALUES (${tenant.orgId}::uuid, ${digest}, to_timestamp(${flow.startedAt + 2 * flowSeconds}))
    ON CONFLICT DO NOTHING`
  return spent === 1
}
