import { z } from 'zod'
import { type MemberRole, memberRoles } from '../roles.ts'

const issuer = z
  .url({ protocol: /^https?$/, error: 'must be the address of an identity provider' })
  .max(300)
  .refine((text) => {
    const { search, hash, username, password } = new URL(text)
    return search === '' && hash === '' && username === '' && password === ''
  }, 'must be an address without a query, a fragment or a user')

/** A name of a group as identity providers write them: a word, a path, or the id of an object. */
const group = z.string().trim().min(1).max(300)

export const roleBindings = z
  .record(group, z.enum(memberRoles))
  .refine((bindings) => Object.keys(bindings).length <= 200, 'has at most 200 groups')
export type RoleBindings = Readonly<Record<string, MemberRole>>

const clientAuth = z.enum(['client_secret_basic', 'client_secret_post', 'none'])

export const ssoConnectionInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  issuer,
  client_id: z.string().trim().min(1).max(500),
  client_auth: clientAuth.default('client_secret_basic'),
  client_secret: z.string().min(1).max(4000).optional(),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'is no scope'))
    .max(20)
    .default(['openid', 'email', 'profile']),
  groups_claim: z.string().trim().min(1).max(200).default('groups'),
  creates_members: z.boolean().default(false),
})
export type SsoConnectionInput = z.output<typeof ssoConnectionInput>

export type SsoConnection = {
  id: string
  name: string
  issuer: string
  clientId: string
  clientAuth: z.output<typeof clientAuth>
  hasSecret: boolean
  scopes: readonly string[]
  groupsClaim: string
  createsMembers: boolean
  roleBindings: RoleBindings
  status: 'on' | 'off'
  /** What to register at the identity provider. */
  redirectUri: string
}

export type SsoDomain = {
  id: string
  domain: string
  record: { name: string; value: string }
  verified: boolean
  /** What the last check found wrong, in words. */
  problem: string | null
  checkedAt: string | null
}

/** One thing that a look at an identity provider found. */
export type Finding = { tone: 'success' | 'warning' | 'danger'; says: string }
