import { z } from 'zod'
import { memberRoles } from '../roles.ts'

// `externalId` of tenancy is not needed here: whose members they are is the query's or the key's to say.

export const memberRole = z.enum(memberRoles)

export const consoleMember = z.object({
  id: z.string(),
  org_id: z.string().nullable().describe('null for an operator of the deployment'),
  email: z.string(),
  name: z.string().nullable(),
  role: memberRole,
  status: z.enum(['invited', 'active', 'disabled']).describe('invited: has never signed in'),
  sign_in_method: z.enum(['link', 'sso']).nullable().describe('Of the last sign-in'),
  last_signed_in_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  disabled_at: z.iso.datetime().nullable(),
})

export type ConsoleMember = z.infer<typeof consoleMember>

export const memberInput = z.strictObject({
  email: z
    .string()
    .trim()
    .max(254)
    .pipe(z.email())
    .describe('Nobody else in the same organization may have it, in whatever case'),
  name: z.string().trim().min(1).max(100).optional(),
  role: memberRole,
})

export type MemberInput = z.infer<typeof memberInput>

export const memberPatch = z.strictObject({ role: memberRole })
