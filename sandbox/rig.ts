import { createHash, randomBytes } from 'node:crypto'
import { authorizeByHttp, type Visit } from './drive.ts'
import type { Faults, RecordedRequest } from './faults.ts'
import { startSandbox } from './server.ts'

const client = { client_id: 'client-1', client_secret: 'practice-secret-of-client-1' }
const redirectUri = 'http://127.0.0.1:4199/callback'
const controlKey = 'practice-control-key'

export const allScopes = 'openid profile tasks:read tasks:write projects:read tasks:delete offline_access'

export interface Tokens {
  access_token: string
  refresh_token?: string
  expires_in?: number | string
  id_token?: string
  scope: string
}

export interface State {
  authorize: number
  token_authorization_code: number
  token_refresh: number
  token_client_credentials: number
  token_jwt_bearer: number
  keys: { issued: number; presented: number; refused: number; revoked: number }
  revocation: number
  introspection: number
  userinfo: number
  api: Record<string, number>
  refresh_redemptions: Record<string, number>
  refresh_redemptions_max: number
  last_requests: RecordedRequest[]
  faults: Faults
}

export type Rig = Awaited<ReturnType<typeof startRig>>

/** A running sandbox with one client and the moves a client makes. For tests. */
export async function startRig() {
  const sandbox = await startSandbox({
    port: 0,
    controlKey,
    clients: [
      { client_id: client.client_id, client_secret: client.client_secret, redirect_uris: [redirectUri] },
    ],
  })
  const basic = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`

  const authorizeUrl = (params: Record<string, string>) => {
    const url = new URL('/authorize', sandbox.url)
    url.search = new URLSearchParams({
      client_id: client.client_id,
      response_type: 'code',
      redirect_uri: redirectUri,
      state: 'state-1',
      ...params,
    }).toString()
    return url
  }

  const post = (path: string, form: Record<string, string>) =>
    fetch(new URL(path, sandbox.url), {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams(form),
    })

  const control = (method: string, path: string, body?: unknown) =>
    fetch(new URL(`/_control/${path}`, sandbox.url), {
      method,
      headers: { 'x-sandbox-control': controlKey },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  async function authorize(visit: Partial<Visit> & { params?: Record<string, string> } = {}) {
    const verifier = randomBytes(32).toString('base64url')
    const url = authorizeUrl({
      scope: allScopes,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...visit.params,
    })
    const back = await authorizeByHttp({ user: 'ana', grant: 'all', ...visit, authorizeUrl: url })
    return { back, verifier }
  }

  const redeem = (code: string, verifier: string) =>
    post('/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })

  return {
    ...sandbox,
    client,
    redirectUri,
    authorizeUrl,
    post,
    control,
    authorize,
    redeem,

    /** The whole code flow, for a person who ticks `grant`. */
    async connect(visit: Parameters<typeof authorize>[0] = {}): Promise<Tokens> {
      const { back, verifier } = await authorize(visit)
      const response = await redeem(back.searchParams.get('code') ?? '', verifier)
      if (response.status !== 200) throw new Error(`token: ${response.status} ${await response.text()}`)
      return (await response.json()) as Tokens
    },

    refresh: (refreshToken: string | undefined) =>
      post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }),

    async introspect(token: string | undefined): Promise<{ active: boolean; scope?: string }> {
      const response = await post('/token/introspection', { token: token ?? '' })
      return (await response.json()) as { active: boolean; scope?: string }
    },

    api: (token: string, path: string, init: RequestInit = {}) =>
      fetch(new URL(`/api/${path}`, sandbox.url), {
        redirect: 'manual',
        ...init,
        headers: {
          authorization: `Bearer ${token}`,
          ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...init.headers,
        },
      }),

    faults: async (knobs: Record<string, unknown>) => {
      const response = await control('POST', 'faults', knobs)
      if (response.status !== 200) throw new Error(`faults: ${response.status} ${await response.text()}`)
    },

    async state(): Promise<State> {
      return (await (await control('GET', 'state')).json()) as State
    },
  }
}
