import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'
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
  .describe('Group → role, all of them: what is absent is bound no more')
export type RoleBindings = Readonly<Record<string, MemberRole>>

const clientAuth = z.enum(['client_secret_basic', 'client_secret_post', 'none'])

const client = {
  name: z.string().trim().min(1).max(100),
  issuer,
  client_id: z.string().trim().min(1).max(500),
  client_auth: clientAuth,
  client_secret: z
    .string()
    .min(1)
    .max(4000)
    .describe('Write-only; for another issuer it has to be given again'),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'is no scope')).max(20),
  groups_claim: z.string().trim().min(1).max(200).describe('The claim of the ID token that lists groups'),
  creates_members: z.boolean().describe('Whether somebody new with a bound group becomes a member'),
}

export const ssoConnectionInput = z.strictObject({
  ...client,
  client_auth: clientAuth.default('client_secret_basic'),
  client_secret: client.client_secret.optional(),
  scopes: client.scopes.default(['openid', 'email', 'profile']),
  groups_claim: client.groups_claim.default('groups'),
  creates_members: client.creates_members.default(false),
  role_bindings: roleBindings.optional(),
})
export type SsoConnectionInput = z.output<typeof ssoConnectionInput>

/** What is absent stays as it is. */
export const ssoConnectionChange = z
  .strictObject({
    ...client,
    role_bindings: roleBindings,
    status: z.enum(['on', 'off']).describe('One connection is on at a time: this one puts the other off'),
  })
  .partial()
export type SsoConnectionChange = z.output<typeof ssoConnectionChange>

/** A connection as the API tells it. */
export const ssoConnection = z.object({
  id: z.string(),
  org_id: externalId.nullable().describe('Null for the connection by which operators sign in'),
  name: z.string(),
  issuer: z.string(),
  client_id: z.string(),
  client_auth: clientAuth,
  has_client_secret: z.boolean(),
  scopes: z.array(z.string()),
  groups_claim: z.string(),
  creates_members: z.boolean(),
  role_bindings: z.record(z.string(), z.enum(memberRoles)).describe('Group → role'),
  status: z.enum(['on', 'off']),
  redirect_uri: z.string().describe('Register this at the identity provider'),
  created_at: z.iso.datetime(),
})

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
  createdAt: string
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
