import { z } from 'zod'
import { fieldKind } from '#lib/connector-kit/schema'
import { externalId } from '#lib/tenancy/schema'

export { agentGrant, agentGrantFilter, type LetIn } from './agent-grants/schema.ts'
export {
  coversAll,
  isForOne,
  type RevocationRequest,
  requestHours,
  rowsOfRequest,
  takesTwo,
} from './ending/request-schema.ts'
export { type ConfirmSaid, type ConfirmView, confirmSaid } from './flow/confirm-schema.ts'
export type * from './mine/schema.ts'

export const revocationInput = z.strictObject({
  org_id: externalId.optional().describe('Without one, an unrestricted key means every organization'),
  user_id: externalId.optional().describe('Needs an org_id'),
  connector: z.string().max(31).optional(),
  auth_config_id: z.string().max(128).optional(),
  all: z.literal(true).optional().describe('Says that no other filter was forgotten'),
  reason: z.string().min(1).max(500).describe('As the audit keeps it'),
})
export type RevocationInput = z.infer<typeof revocationInput>

const count = z.number().int()

export const revocation = z.object({
  id: z.string(),
  batch_id: z.string().describe('The same for all that one call revoked'),
  org_id: externalId.nullable().describe('null for the head of a batch over every organization'),
  filter: z.record(z.string(), z.unknown()),
  reason: z.string(),
  status: z.enum(['running', 'done']).describe('running until every provider has been told, or cannot be'),
  accounts: z.object({
    stopped: count.describe('No call gets their credentials since created_at'),
    revoked: count.describe('The provider confirmed'),
    unsupported: count.describe('The provider has no such call'),
    unconfirmed: count.describe(
      'The provider did not confirm, or could not be told without ending another account',
    ),
    pending: count.describe('The provider is still being told'),
    nothing_owed: count.describe('There was no credential any more'),
  }),
  certificate: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What was destroyed, for a deleted organization'),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
})
export type Revocation = z.infer<typeof revocation>

export const revokedAccount = z.object({
  connected_account_id: z.string(),
  user_id: z.string(),
  connector: z.string(),
  stopped_at: z.iso.datetime(),
  upstream: z.enum(['pending', 'revoked', 'unsupported', 'unconfirmed', 'nothing_owed']),
  error_code: z.string().nullable(),
  settled_at: z.iso.datetime().nullable(),
})
export type RevokedAccount = z.infer<typeof revokedAccount>

export const incident = z.object({
  id: z.string(),
  connector: z.string(),
  auth_config_id: z.string(),
  auth_config_name: z.string(),
  error_code: z.string().describe('What the provider answers to all of them'),
  started_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  resolution: z
    .enum(['recovered', 'confirmed'])
    .nullable()
    .describe(
      'recovered when renewals passed again, confirmed when an operator said that they are refused rightly',
    ),
  resolved_at: z.iso.datetime().nullable(),
  held: count.nullable().describe('Accounts that are held now; null when it is over'),
})
export type Incident = z.infer<typeof incident>

export const userStatus = z.object({
  user_id: externalId,
  org_id: externalId,
  status: z.enum(['active', 'deactivated']),
  revocation_id: z.string().nullable().describe('The report of what this call revoked'),
})
export type UserStatus = z.infer<typeof userStatus>

/** What a person sees where they give a credential, or their part of an address. No secret is ever in it. */
export const credentialScreen = z.object({
  connector: z.object({ id: z.string(), name: z.string() }),
  organization: z.string(),
  /** Whether they are sent to the provider next. */
  leaves: z.boolean(),
  fields: z.array(
    z.object({
      name: z.string(),
      kind: fieldKind,
      secret: z.boolean(),
      /** What was given before, of a field that is no secret. */
      value: z.string(),
      /** A secret that is kept, sealed, until it is pasted anew. */
      kept: z.boolean(),
      problem: z
        .enum(['missing', 'too_long', 'not_a_key', 'not_an_address', 'not_an_email', 'not_a_key_file'])
        .nullable(),
      where: z.string().nullable(),
      where_url: z.string().nullable(),
      example: z.string().nullable(),
      /** What follows a subdomain, as `.example.com`. */
      suffix: z.string().nullable(),
    }),
  ),
  refusal: z
    .enum([
      'credentials_rejected',
      'wrong_address',
      'permission_missing',
      'provider_busy',
      'provider_unavailable',
      'too_many',
    ])
    .nullable(),
})
export type CredentialScreen = z.infer<typeof credentialScreen>
