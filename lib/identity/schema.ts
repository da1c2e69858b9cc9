import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

export {
  type Agent,
  type AgentCredential,
  admission,
  agent,
  agentCredential,
  agentCredentialInput,
  agentInput,
  agentPatch,
  rotateInput,
  type Toolset,
  toolset,
  toolsetInput,
  toolsetPatch,
} from './agents/schema.ts'
export {
  type ConsoleMember,
  consoleMember,
  type MemberInput,
  memberInput,
  memberPatch,
} from './members/schema.ts'
export {
  freshFor,
  type MemberRole,
  memberRoles,
  type Permission,
  permits,
} from './roles.ts'
export {
  type Finding,
  type SsoConnection,
  type SsoDomain,
  ssoConnection,
  ssoConnectionChange,
  ssoConnectionInput,
} from './single-sign-on/schema.ts'
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
