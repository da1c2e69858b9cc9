import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

export { ssoKey, ssoKeyInput } from './sso/schema.ts'

export const apiKeyRole = z.enum(['connect', 'execute', 'read', 'manage', 'approve'])

export const apiKeyInput = z.strictObject({
  name: z.string().min(1).max(100),
  org_id: externalId.optional().describe('Restricts the key to one organization'),
  roles: z
    .array(apiKeyRole)
    .max(5)
    .default([])
    .describe('Restricts what the key may do; empty means everything'),
  expires_in_seconds: z
    .number()
    .int()
    .min(60)
    .max(86_400 * 3650)
    .optional(),
})

export const apiKey = z.object({
  id: z.string(),
  name: z.string(),
  org_id: externalId.nullable(),
  hint: z.string().describe('Last four characters'),
  roles: z.array(z.string()),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
})

export const agentInput = z.strictObject({
  name: z.string().min(1).max(100),
  org_id: externalId.optional().describe('The organization it belongs to; without one, the deployment'),
  owner: z.string().max(200).optional().describe('The person who answers for it'),
  purpose: z.string().max(500).optional(),
  team: z.string().max(100).optional(),
  environment: z.string().max(100).optional(),
})

export const agent = z.object({
  id: z.string(),
  org_id: externalId.nullable(),
  name: z.string(),
  owner: z.string().nullable(),
  purpose: z.string().nullable(),
  team: z.string().nullable(),
  environment: z.string().nullable(),
  status: z.enum(['active', 'disabled']),
  created_at: z.iso.datetime(),
})
