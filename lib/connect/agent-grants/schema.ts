import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

/** A person's consent to a client, given on the authorization server's own page. */
export const agentGrant = z.object({
  id: z.string(),
  org_id: externalId,
  user_id: externalId,
  agent_id: z.string(),
  client_id: z.string().describe('As the authorization server calls the agent'),
  status: z.enum(['active', 'expired', 'revoked']),
  resource: z.string().describe('What tokens under it are good at'),
  scopes: z.array(z.string()),
  connected_accounts: z
    .array(z.object({ id: z.string(), tools: z.array(z.string()) }))
    .describe('Which tools on which accounts; an account that was ended since is not among them'),
  changed_tools: z
    .array(z.string())
    .describe(
      'Those of the tools that were found to be others since, which are not offered until the person is asked again',
    ),
  consent_text: z.string().describe('What was shown, and what the person chose'),
  locale: z.string(),
  client: z
    .record(z.string(), z.unknown())
    .describe('What the client said of itself, and what was known of it'),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
  revoked_by: z.object({ type: z.string(), id: z.string() }).nullable(),
})
export type AgentGrantView = z.infer<typeof agentGrant>

export const agentGrantFilter = {
  org_id: externalId.optional(),
  user_id: externalId.optional(),
  agent_id: z
    .string()
    .regex(/^ag_[0-9a-f]{32}$/, 'must be the id of an agent')
    .optional(),
}

/**
 * What is kept of a consent, beside what it lets be done: `hash` is the SHA-256 of the text in hexadecimal, `left_out` what
 * was on offer and not chosen, tools by name of accounts by id.
 */
export const grantEvidence = z.object({
  text: z.string(),
  hash: z.string(),
  locale: z.string(),
  client: z.record(z.string(), z.union([z.string(), z.boolean(), z.null()])),
  left_out: z.record(z.string(), z.array(z.string())),
})
export type GrantEvidence = z.infer<typeof grantEvidence>

/** A client that a person has let in, as they see it. */
export type LetIn = {
  id: string
  name: string
  /** Whether it registered itself, so that its name is its own word. */
  ownWord: boolean
  accounts: readonly { connector: { id: string; name: string }; label: string; readOnly: boolean }[]
  since: string
  until: string | null
  lastUsedAt: string | null
}
