// For `.db.test.ts` files: the whole product in this process, over a database of its own and a practice provider of
// its own, driven the way a person and a host product drive it. Nothing is stood in for.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { authorizeByHttp } from '../../sandbox/drive.ts'
import type { FaultsAsked } from '../../sandbox/faults.ts'
import { allScopes, type State, type Tokens } from '../../sandbox/rig.ts'
import { startSandbox } from '../../sandbox/server.ts'

export const rootKey = 'bhf_sk_root_key_of_the_database_tests_0123456789'
export const origin = { ip: '203.0.113.7', userAgent: 'practice', traceId: 'f'.repeat(32) }

const controlKey = 'practice-control-key'
const clientSecret = 'practice-client-secret-0123456789'

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })

export type Grant = readonly string[] | 'all' | 'deny'

/** Starts everything; call it in `beforeAll`, before anything else of the product is used. */
export async function startPractice() {
  const port = await freePort()
  Object.assign(process.env, {
    PORT: '3999',
    BEHALF_SANDBOX: 'on',
    BEHALF_SANDBOX_PORT: String(port),
    BEHALF_SANDBOX_CLIENT_SECRET: clientSecret,
    BEHALF_ROOT_KEY: rootKey,
  })
  const { connect, broker, key } = await import('#runtime')
  const { bootstrap } = await import('../bootstrap.ts')
  const { connectSessionInput } = await import('#lib/consent/schema')
  const { executeInput } = await import('#lib/broker/schema')
  const { resolveObject, resolveTenant } = await import('#lib/tenancy')
  const { disconnect } = await import('#lib/db')
  const first = await bootstrap()
  const sandbox = await startSandbox({ port, controlKey, clients: first.sandboxClients ?? [] })

  const control = async (method: string, path: string, body?: object) => {
    const response = await fetch(new URL(`/_control${path}`, sandbox.url), {
      method,
      headers: { 'x-sandbox-control': controlKey, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`sandbox control ${path}: ${response.status} ${await response.text()}`)
    const text = await response.text()
    return text === '' ? null : JSON.parse(text)
  }
  const authorization = (secret: string) => new Headers({ authorization: `Bearer ${secret}` })
  const caller = await key('manage')(authorization(rootKey))

  /** From the portal's token to the provider's redirect back. */
  const approve = async (
    session: { id: string; token: string },
    scopes: readonly string[],
    chosen: { duration?: string; limited?: readonly string[] } = {},
    connector = 'sandbox',
  ) => {
    const entered = await connect.enter(session.token)
    const consent = await connect.consentView(entered.open, connector)
    return connect.approve(
      entered.open,
      entered.flow,
      { connector, scopes, hash: consent.hash, ...chosen },
      origin,
    )
  }

  const practice = {
    connect,
    broker,
    caller,
    authorization,
    sandbox,
    approve,
    secretKey: first.secretKey ?? '',
    faults: (faults: FaultsAsked) => control('POST', '/faults', faults),
    reset: () => control('POST', '/reset', {}),
    state: (): Promise<State> => control('GET', '/state'),
    /** A security event token of the provider's about a person, for the product's own client unless told otherwise. */
    securityEvent: async (about: { user: string } & Record<string, unknown>): Promise<string> => {
      const clientId = first.sandboxClients?.[0]?.client_id ?? ''
      const made = await control('POST', '/security_event', { client_id: clientId, ...about })
      return made.token
    },
    /** The statuses of all answers to refresh requests, oldest first: 200 where one was honoured. */
    async answeredRefreshes(): Promise<number[]> {
      const { redemptions } = await control('GET', '/redemptions')
      return redemptions.map(({ status }: { status: number }) => status)
    },
    /** What a person pastes, issued by the practice provider. */
    issueKey: (asked: {
      kind: 'api_key' | 'basic' | 'client' | 'service_account'
      user?: string
      workspace?: string
      scope?: string
    }): Promise<{ id: string; name: string; secret?: string; file?: Record<string, string> }> =>
      control('POST', '/keys', { user: 'ana', ...asked }),
    revokeKey: (id: string) => control('POST', '/keys/revoke', { id }),
    revokeUser: (user: string) => control('POST', '/revoke_user', { user }),

    session: (input: { org_id: string; user_id: string } & Record<string, unknown>) =>
      connect.create(caller, connectSessionInput.parse({ connectors: ['sandbox'], ...input }), origin),

    /** Everything from the invitation to the host's word. @returns the session as confirmed */
    async connectAccount(facts: {
      org: string
      user: string
      person?: string
      grant?: Grant
      scopes?: readonly string[]
      agents?: readonly string[]
      accountId?: string
      duration?: string
    }) {
      const scopes = facts.scopes ?? ['tasks:read', 'tasks:write', 'projects:read', 'tasks:delete']
      const session = await practice.session({
        org_id: facts.org,
        user_id: facts.user,
        scopes: { sandbox: scopes },
        agents: facts.agents ?? [],
        ...(facts.accountId && { connected_account_id: facts.accountId }),
      })
      const chosen = facts.duration === undefined ? {} : { duration: facts.duration }
      const { location, flow } = await approve(session, scopes, chosen)
      const back = await authorizeByHttp({
        authorizeUrl: location,
        user: facts.person ?? 'ana',
        grant: facts.grant ?? 'all',
      })
      const authConfigId = back.pathname.split('/').at(-1) ?? ''
      const ended = await connect.callback(flow, authConfigId, back.searchParams, origin)
      const { tenant, id } = await resolveObject(caller, 'connect_session', session.id)
      const code = ended.flow.confirmationCode ?? ''
      return connect.confirm(tenant, caller, id, { user_id: facts.user, confirmation_code: code }, origin)
    },

    /** What another system holds that used our client at the provider: a grant that Behalf has no part in. */
    async tokensElsewhere(person = 'ana', scope = allScopes): Promise<Tokens> {
      const [client] = first.sandboxClients ?? []
      if (!client) throw new Error('no client at the practice provider')
      const verifier = randomBytes(32).toString('base64url')
      const redirectUri = client.redirect_uris[0] ?? ''
      const url = new URL('/authorize', sandbox.url)
      url.search = new URLSearchParams({
        client_id: client.client_id,
        response_type: 'code',
        redirect_uri: redirectUri,
        state: 'elsewhere',
        scope,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString()
      const back = await authorizeByHttp({ authorizeUrl: url, user: person, grant: 'all' })
      const response = await fetch(new URL('/token', sandbox.url), {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`,
        },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: back.searchParams.get('code') ?? '',
          redirect_uri: redirectUri,
          code_verifier: verifier,
        }),
      })
      if (!response.ok) throw new Error(`token: ${response.status} ${await response.text()}`)
      return (await response.json()) as Tokens
    },

    /** The status with which the provider answers a token that it is asked about. */
    userinfo: async (accessToken: string) => {
      const response = await fetch(new URL('/userinfo', sandbox.url), {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      await response.body?.cancel()
      return response.status
    },

    async execute(input: Record<string, unknown>, as = caller) {
      const answered = await broker.execute(
        as,
        executeInput.parse(input),
        origin,
        AbortSignal.timeout(60_000),
      )
      if (answered.status === 'pending_approval')
        throw new Error('a call waits that nobody was to be asked about')
      return answered
    },

    tenant: (org: string) => resolveTenant(caller, org),

    async stop() {
      await sandbox.close()
      await disconnect()
    },
  }
  return practice
}

export type Practice = Awaited<ReturnType<typeof startPractice>>
