import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import Provider, { type Configuration, errors, interactionPolicy } from 'oidc-provider'
import { z } from 'zod'
import { answer } from './answer.ts'
import type { Control } from './faults.ts'
import { messagePage, pageHeaders } from './pages.ts'
import { people } from './people.ts'
import { scopes } from './scopes.ts'
import { createSecurityEvents, signingKeyId } from './security-events.ts'
import type { Store } from './store.ts'

export const clientSchema = z.strictObject({
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  redirect_uris: z.array(z.url()).min(1),
  client_name: z.string().min(1).optional(),
})
export type SandboxClient = z.output<typeof clientSchema>

const routes = { authorization: '/authorize', token: '/token', userinfo: '/userinfo' } as const

export const sessionCookie = 'acme_session'

const hourSeconds = 3600
const grantSeconds = 30 * 24 * hourSeconds

/** One prompt for sign-in and consent together: nothing of an earlier visit may shorten or widen this one. */
function alwaysAsk() {
  const { Check, Prompt } = interactionPolicy
  return [
    new Prompt(
      { name: 'login', requestable: true },
      new Check('always', 'sign-in and consent are asked every time', (ctx) =>
        ctx.oidc.result?.login && ctx.oidc.result?.consent ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
      ),
    ),
    new Prompt({ name: 'consent', requestable: true }),
  ]
}

function configuration(store: Store, control: Control, privateKey: KeyObject): Configuration {
  const accessTtlSeconds = () => control.faults.access_ttl_seconds
  return {
    adapter: store.adapter,
    clients: [],
    jwks: {
      keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: signingKeyId }],
    },
    // Cookies ignore ports: oidc-provider's default names would meet another one on the same loopback host.
    cookies: {
      names: { session: sessionCookie, interaction: 'acme_interaction', resume: 'acme_resume' },
      keys: [randomBytes(32).toString('base64url')],
    },
    routes,
    scopes: Object.keys(scopes),
    claims: { openid: ['sub'], profile: ['name', 'email'] },
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    // Confidential clients too (OAuth 2.1 §7.5.2).
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => {
          if (token.clientId !== client.clientId) {
            throw new errors.InvalidRequest('client is not authorized to revoke the presented token')
          }
          return true
        },
      },
    },
    clientBasedCORS: () => false,
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, _client, source) => source.scopes.has('offline_access'),
    rotateRefreshToken: () => control.faults.rotation === 'single_use',
    ttl: {
      AccessToken: accessTtlSeconds,
      AuthorizationCode: 60,
      Grant: grantSeconds,
      IdToken: hourSeconds,
      Interaction: hourSeconds,
      RefreshToken: grantSeconds,
      Session: hourSeconds,
    },
    findAccount: (_ctx, sub) => {
      const person = people.find((one) => one.id === sub)
      return person && { accountId: sub, claims: () => ({ sub, name: person.name, email: person.email }) }
    },
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId)
    },
    interactions: { policy: alwaysAsk(), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      ctx.set({ ...pageHeaders })
      ctx.body = messagePage(
        'Something is wrong with this link',
        'Acme Tasks cannot continue. Start again from the app that sent you here.',
        `${out.error}${out.error_description ? `: ${out.error_description}` : ''}`,
      )
    },
  }
}

export type OAuth = ReturnType<typeof createOAuth>

/** The authorization server: OAuth 2.1 code flow, PKCE S256 only, `iss` in the response (RFC 9207). */
export function createOAuth(issuer: string, store: Store, control: Control) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(issuer, configuration(store, control, privateKey))
  provider.on('server_error', (_ctx, error) => console.error(`sandbox: ${error.message}`))

  provider.use(async (ctx, next) => {
    const asked = String(ctx.query.scope ?? '').split(' ')
    const prompts = String(ctx.query.prompt ?? '').split(' ')
    // OpenID Connect ignores offline_access unless prompt=consent is sent; this provider always asks anyway.
    if (ctx.path === routes.authorization && asked.includes('offline_access') && !prompts.includes('none')) {
      ctx.query = { ...ctx.query, prompt: [...new Set([...prompts, 'consent'])].filter(Boolean).join(' ') }
    }
    await next()
  })

  provider.use(async (ctx, next) => {
    if (ctx.path !== routes.token || ctx.method !== 'POST') return next()
    const received_ms = Date.now()
    await next()
    const form = ctx.oidc.body ?? {}
    const refreshing = form.grant_type === 'refresh_token'
    if (refreshing && typeof form.refresh_token === 'string') {
      control.countRedemption(form.refresh_token)
      const { RotatedRefreshToken: spent, RefreshToken: kept } = ctx.oidc.entities
      const grant = (spent ?? kept)?.grantId ?? null
      const booked = control.bookRedemption(form.refresh_token, { grant, received_ms, status: ctx.status })
      ctx.res.once('finish', () => {
        booked.answered_ms = Date.now()
      })
    }
    const { faults } = control
    if (ctx.status === 200) {
      if (refreshing && control.take('lost_refresh')) {
        ctx.respond = false
        ctx.req.socket.destroy()
        return
      }
      const body = { ...(ctx.body as Record<string, unknown>) }
      if (faults.omit_refresh_token) delete body.refresh_token
      if (faults.expires_in_override !== null) body.expires_in = faults.expires_in_override
      if (faults.omit_expires_in) delete body.expires_in
      ctx.body = body
    }
    const spoilt = control.takeBodyFault('token')
    if (spoilt) {
      ctx.respond = false
      answer(ctx.res, { status: ctx.status, body: ctx.body }, spoilt)
    }
  })

  return {
    provider,
    callback: provider.callback(),
    securityEvent: createSecurityEvents(issuer, privateKey),

    /** @throws z.ZodError or the provider's InvalidClientMetadata; the earlier registration stays then */
    async putClient(client: SandboxClient): Promise<void> {
      const clients = store.adapter('Client')
      const { client_name, ...metadata } = clientSchema.parse(client)
      const before = await clients.find(metadata.client_id)
      await clients.upsert(metadata.client_id, {
        ...metadata,
        ...(client_name === undefined ? {} : { client_name }),
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      })
      try {
        await provider.Client.find(metadata.client_id)
      } catch (error) {
        if (before) await clients.upsert(metadata.client_id, before)
        else await clients.destroy(metadata.client_id)
        throw error
      }
    },

    /**
     * As many grants as asked for, each with tokens of its own, as if that person had agreed so many times.
     * @throws Error for a client that is not registered
     */
    async mintGrants(asked: { clientId: string; accountId: string; scope: string; count: number }) {
      const client = await provider.Client.find(asked.clientId)
      if (!client) throw new Error(`there is no client ${asked.clientId}`)
      const mint = async () => {
        const grant = new provider.Grant({ accountId: asked.accountId, clientId: client.clientId })
        grant.addOIDCScope(asked.scope)
        const grantId = await grant.save()
        const facts = {
          accountId: asked.accountId,
          client,
          grantId,
          gty: 'authorization_code',
          scope: asked.scope,
        }
        const [access_token, refresh_token] = await Promise.all([
          new provider.AccessToken(facts).save(),
          new provider.RefreshToken(facts).save(),
        ])
        return { grant: grantId, access_token, refresh_token }
      }
      return Promise.all(Array.from({ length: asked.count }, mint))
    },

    /** The live access token behind a bearer value, or undefined when expired, revoked or never issued. */
    findAccess: (value: string) => provider.AccessToken.find(value),
  }
}
