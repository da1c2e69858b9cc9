import { createHash, generateKeyPairSync, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { jwtVerify } from 'jose'
import { z } from 'zod'
import type { Reply } from './answer.ts'
import type { Control } from './faults.ts'
import { findPerson, type Person } from './people.ts'
import { scopes } from './scopes.ts'

// What people paste instead of signing in: keys, passwords, clients and service accounts of their own, for the same
// task API. Issued and ended at the control endpoint.

const kinds = ['api_key', 'basic', 'client', 'service_account'] as const
const newKey = z.strictObject({
  kind: z.enum(kinds),
  user: z.string().min(1),
  /** Good at `/t/{workspace}/api` alone; without one, at `/api`. */
  workspace: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/)
    .nullable()
    .default(null),
  scope: z.string().default(Object.keys(scopes).join(' ')),
})

interface Key {
  id: string
  kind: (typeof kinds)[number]
  person: Person
  workspace: string | null
  scopes: ReadonlySet<string>
  /** Client or account name; empty for an API key, which names nobody. */
  name: string
  secret: Buffer | null
  publicKey: KeyObject | null
}

interface Derived {
  key: Key
  scopes: ReadonlySet<string>
  expiresAtMs: number
}

export interface Holder {
  person: Person
  scopes: ReadonlySet<string>
  /** What the call was authorised with, for rate limits. */
  credential: string
  /** Ends the key that the call was authorised with. */
  end: () => void
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const same = (secret: Buffer | null, given: string) =>
  secret !== null && timingSafeEqual(secret, digest(given))
const refuse = (status: number, error: string): Reply => ({
  status,
  headers: { 'cache-control': 'no-store' },
  body: { error },
})

function basicOf(header: string | undefined): { name: string; secret: string } | null {
  const found = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1]
  const [, name, secret] = /^([^:]*):(.*)$/s.exec(found ? Buffer.from(found, 'base64').toString() : '') ?? []
  return name === undefined || secret === undefined ? null : { name, secret }
}

export type Keys = ReturnType<typeof createKeys>

/** @param tokenUrl of the token endpoint for derived tokens: what an assertion must be meant for */
export function createKeys(tokenUrl: string, control: Control) {
  const keys = new Map<string, Key>()
  const tokens = new Map<string, Derived>()
  const usedAssertions = new Set<string>()
  const find = (fits: (key: Key) => boolean) => [...keys.values()].find(fits)

  function issue(input: unknown): Reply {
    const { kind, user, workspace, scope } = newKey.parse(input)
    const person = findPerson(user)
    if (!person) return refuse(404, 'no_such_user')
    const id = `key_${randomBytes(6).toString('hex')}`
    const name = {
      api_key: '',
      basic: person.email,
      client: `client_${id}`,
      service_account: `${id}@accounts.acme.test`,
    }[kind]
    const secret = `atk_${randomBytes(24).toString('base64url')}`
    const pair = kind === 'service_account' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : null
    keys.set(id, {
      id,
      kind,
      person,
      workspace,
      name,
      scopes: new Set(scope.split(' ')),
      secret: pair ? null : digest(secret),
      publicKey: pair?.publicKey ?? null,
    })
    control.counters.keys.issued += 1
    const file = pair && {
      type: 'service_account',
      client_email: name,
      private_key_id: id,
      private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      // As real key files do; who signs must not be led by it.
      token_uri: tokenUrl,
    }
    return { status: 200, body: { id, name, ...(file ? { file } : { secret }) } }
  }

  /** @returns whether there was such a key; what was derived from it ends with it */
  function revoke(id: string): boolean {
    for (const [token, { key }] of tokens) if (key.id === id) tokens.delete(token)
    if (!keys.delete(id)) return false
    control.counters.keys.revoked += 1
    return true
  }

  function holderOf(req: IncomingMessage, workspace: string | null): Holder | 'refused' | null {
    const pasted = req.headers['x-api-key']
    const basic = basicOf(req.headers.authorization)
    const bearer = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1]
    const derived = bearer === undefined ? undefined : tokens.get(bearer)
    // Somebody else's token: OAuth's.
    if (pasted === undefined && !basic && (bearer === undefined || !/^att_/.test(bearer))) return null
    control.counters.keys.presented += 1
    const key =
      typeof pasted === 'string'
        ? find(({ kind, secret }) => kind === 'api_key' && same(secret, pasted))
        : basic
          ? find(
              ({ kind, name, secret }) =>
                kind === 'basic' && name === basic.name && same(secret, basic.secret),
            )
          : derived && derived.expiresAtMs > Date.now()
            ? derived.key
            : undefined
    if (!key || key.workspace !== workspace) {
      control.counters.keys.refused += 1
      return 'refused'
    }
    return {
      person: key.person,
      scopes: derived?.scopes ?? key.scopes,
      credential: key.id,
      end: () => void revoke(key.id),
    }
  }

  async function keyOfAssertion(assertion: string): Promise<Key | null> {
    let key: Key | undefined
    const { payload } = await jwtVerify(
      assertion,
      ({ kid }) => {
        key = find(({ id, kind }) => kind === 'service_account' && id === kid)
        if (!key?.publicKey) throw new Error('unknown key')
        return key.publicKey
      },
      { audience: tokenUrl, requiredClaims: ['iss', 'sub', 'exp', 'iat'], algorithms: ['RS256'] },
    )
    if (!key || payload.iss !== key.name || payload.jti === undefined || usedAssertions.has(payload.jti))
      return null
    usedAssertions.add(payload.jti)
    return key
  }

  /** The token endpoint for what is derived from a key: RFC 6749 §4.4 and RFC 7523 §2.1. */
  async function token(req: IncomingMessage, body: string): Promise<Reply> {
    const form = new URLSearchParams(body)
    const grant = form.get('grant_type')
    let key: Key | null = null
    if (grant === 'client_credentials') {
      control.counters.token_client_credentials += 1
      const basic = basicOf(req.headers.authorization)
      const name = basic ? decodeURIComponent(basic.name) : form.get('client_id')
      const secret = basic ? decodeURIComponent(basic.secret) : (form.get('client_secret') ?? '')
      key = find((one) => one.kind === 'client' && one.name === name && same(one.secret, secret)) ?? null
      if (!key) return refuse(401, 'invalid_client')
    } else if (grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      control.counters.token_jwt_bearer += 1
      key = await keyOfAssertion(form.get('assertion') ?? '').catch(() => null)
      if (!key) return refuse(400, 'invalid_grant')
    } else return refuse(400, 'unsupported_grant_type')
    const asked = form.get('scope')?.split(' ').filter(Boolean) ?? [...key.scopes]
    const granted = asked.filter((scope) => key.scopes.has(scope))
    const accessToken = `att_${randomBytes(24).toString('base64url')}`
    const seconds = control.faults.access_ttl_seconds
    tokens.set(accessToken, {
      key,
      scopes: new Set(granted),
      expiresAtMs: Date.now() + seconds * 1000,
    })
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        access_token: accessToken,
        token_type: 'Bearer',
        ...(!control.faults.omit_expires_in && { expires_in: control.faults.expires_in_override ?? seconds }),
        scope: granted.join(' '),
      },
    }
  }

  return { issue, revoke, holderOf, token }
}
