import { z } from 'zod'
import { risk } from '#lib/connector-kit/schema'
import { externalId, origin } from '#lib/tenancy/schema'

export {
  approvalInput,
  type ConnectionRequest,
  connectionRequest,
  denialInput,
  type RequestStatus,
  requestStatus,
} from './requests-schema.ts'

const connectorId = z.string().regex(/^[a-z][a-z0-9]{0,30}$/, 'must be the id of a connector')

export const sessionStatus = z.enum([
  'open',
  'authorizing',
  'awaiting_confirmation',
  'completed',
  'declined',
  'failed',
  'expired',
  'cancelled',
])
export type SessionStatus = z.infer<typeof sessionStatus>

/** Where the portal may send a browser back to: absolute, without user info, and not a trick of spelling. */
const returnUrl = z.string().refine((text) => {
  if (text.length > 2000 || /[\s\\]/.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text))
    return false
  const url = new URL(text)
  return url.username === '' && url.password === '' && origin.safeParse(url.origin).success
}, 'must be an https URL of a registered origin')

const endUserFacts = z.strictObject({
  email: z.email().max(320).optional(),
  name: z.string().max(200).optional(),
  groups: z.array(z.string().max(200)).max(200).optional(),
})

/** The body of `POST /api/v1/connect_sessions`. */
export const connectSessionInput = z.strictObject({
  org_id: externalId.optional().describe('May be left out by a key that one organization restricts'),
  user_id: externalId,
  user: endUserFacts.optional(),
  kind: z
    .enum(['connect', 'manage'])
    .default('connect')
    .describe(
      "manage opens the person's own page, where they see and end what agents may do; it takes nothing about connecting",
    ),
  connectors: z.array(connectorId).max(100).default([]).describe('Which to offer; empty offers all'),
  scopes: z
    .record(connectorId, z.array(z.string().max(200)).min(1).max(100))
    .default({})
    .describe('What the product needs of a connector; without it, what the connector proposes'),
  connected_account_id: z.string().max(100).nullish().describe('Reconnects or upgrades this account'),
  return_url: returnUrl.nullish(),
  embed_origins: z.array(origin).max(20).default([]),
  locale: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as de')
    .optional(),
  agents: z
    .array(z.string().max(100))
    .max(20)
    .default([])
    .describe('The grantees; without one, the product itself'),
  purpose: z.string().max(500).optional(),
  confirmation: z.enum(['host', 'screen']).default('host'),
  expires_in_seconds: z.number().int().min(60).max(86_400).default(900),
})
export type ConnectSessionInput = z.infer<typeof connectSessionInput>

export const connectSession = z.object({
  id: z.string(),
  org_id: externalId,
  user_id: externalId,
  kind: z.enum(['connect', 'manage']),
  status: sessionStatus,
  status_reason: z.string().nullable(),
  connectors: z.array(z.string()),
  connected_account_id: z.string().nullable().describe('The account that it ended in, or is to renew'),
  return_url: z.string().nullable(),
  expires_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
})
export type ConnectSession = z.infer<typeof connectSession>

/** The answer to creating a session: the only time that the token is shown. */
export const createdConnectSession = connectSession.extend({
  token: z.string().optional(),
  url: z.string().optional(),
  hosted_url: z.string().optional(),
})

export const accountStatus = z.enum(['active', 'needs_reauth', 'unverified', 'paused', 'revoked'])

export const connectionSummary = z.object({
  id: z.string(),
  scopes: z.array(z.string()),
  consented_at: z.iso.datetime(),
  consented_by: externalId,
  receipt_url: z.string(),
})

export const connectedAccount = z.object({
  id: z.string(),
  org_id: externalId,
  user_id: externalId,
  connector: z.string(),
  status: accountStatus,
  status_reason: z.string().nullable(),
  account: z.object({ id: z.string(), label: z.string() }),
  connection: connectionSummary.nullable(),
  credential_expires_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
})
export type ConnectedAccount = z.infer<typeof connectedAccount>

/** As it goes into a header or a form: RFC 6749 appendix A lets a token have nothing else. */
const tokenText = z
  .string()
  .min(1)
  .max(16_000)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')

/** The body of `POST /api/v1/connected_accounts`. */
export const importInput = z.strictObject({
  org_id: externalId.optional().describe('May be left out by a key that one organization restricts'),
  user_id: externalId,
  user: endUserFacts.optional(),
  connector: connectorId,
  auth_config_id: z
    .string()
    .max(100)
    .optional()
    .describe(
      'The OAuth client that the tokens were issued to; without it, the one that would be connected with',
    ),
  tokens: z
    .strictObject({
      access_token: tokenText,
      refresh_token: tokenText.optional(),
      expires_in_seconds: z.number().int().min(0).max(3_153_600_000).optional(),
      expires_at: z.iso.datetime({ offset: true }).optional(),
    })
    .refine(
      ({ expires_in_seconds, expires_at }) => expires_in_seconds === undefined || expires_at === undefined,
      { message: 'take expires_in_seconds or expires_at, not both' },
    )
    .optional(),
  api_key: tokenText.optional().describe('For connectors that take one'),
  scopes: z
    .array(z.string().min(1).max(200))
    .max(100)
    .optional()
    .describe('What was granted; without it, what the provider says when it renews the tokens, or nothing'),
  agents: z
    .array(z.string().max(100))
    .max(20)
    .default([])
    .describe('The grantees; without one, the product itself'),
  purpose: z.string().max(500).optional(),
  external_reference: z.string().max(200).optional().describe('Its id in the system it comes from'),
  validate: z
    .enum(['probe', 'skip'])
    .default('probe')
    .describe(
      'probe asks the provider whose the tokens are; skip stores them unverified, of no use until refreshed',
    ),
})
export type ImportInput = z.infer<typeof importInput>

/** One consent with its evidence. */
export const connection = connectionSummary.extend({
  connected_account_id: z.string(),
  scopes_requested: z.array(z.string()),
  scopes_refused: z.array(z.string()),
  grantees: z.array(z.string()).describe('Agents; empty when the product itself is the grantee'),
  purpose: z.string().nullable(),
  locale: z.string(),
  consent_text: z.string(),
  consent_hash: z.string().describe('SHA-256 of the text that was shown'),
  expires_at: z.iso.datetime().nullable(),
  previous_connection_id: z.string().nullable(),
})
export type Connection = z.infer<typeof connection>

export const accountFilter = z.object({
  org_id: externalId.optional(),
  user_id: externalId.optional(),
  connector: connectorId.optional(),
  status: accountStatus.optional(),
})

/** What the consent screen shows; its text form is what the receipt hashes. */
export const consentView = z.object({
  organization: z.object({ name: z.string(), domain: z.string().nullable() }),
  agents: z.array(
    z.object({ name: z.string(), owner: z.string().nullable(), purpose: z.string().nullable() }),
  ),
  user: z.object({ id: externalId, name: z.string().nullable(), email: z.string().nullable() }),
  connector: z.object({ id: z.string(), name: z.string(), summary: z.string() }),
  /** Set when this renews an account that is connected already. */
  account: z.object({ label: z.string() }).nullable(),
  purpose: z.string().nullable(),
  groups: z.array(
    z.object({
      risk,
      scopes: z.array(
        z.object({
          scope: z.string(),
          does: z.string(),
          example: z.string(),
          required: z.boolean(),
          without_it: z.string().nullable(),
        }),
      ),
    }),
  ),
  /** Sentences on what the agent cannot do. */
  cannot: z.array(z.string()),
  over_grant: z.string().nullable(),
  links: z.object({
    support_url: z.string().nullable(),
    privacy_url: z.string().nullable(),
    terms_url: z.string().nullable(),
  }),
})
export type ConsentView = z.infer<typeof consentView>

/** What the catalogue shows of a session; nothing in it is secret from the browser that holds the session. */
export const portalView = z.object({
  session: z.object({ id: z.string(), status: sessionStatus, expires_at: z.iso.datetime() }),
  organization: z.object({ name: z.string(), primary: z.string().nullable() }),
  user: z.object({ id: externalId, name: z.string().nullable() }),
  connectors: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      summary: z.string(),
      /** Whether an operator has set up our client there. */
      configured: z.boolean(),
      account: z.object({ id: z.string(), label: z.string(), status: accountStatus }).nullable(),
    }),
  ),
  return_url: z.string().nullable(),
})
export type PortalView = z.infer<typeof portalView>
