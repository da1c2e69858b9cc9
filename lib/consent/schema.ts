import { z } from 'zod'
import { risk } from '#lib/connector-kit/schema'
import { externalId, origin } from '#lib/tenancy/schema'

export {
  approvalInput,
  type ConnectionRequest,
  connectionRequest,
  denialInput,
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
  purposes: z
    .partialRecord(risk, z.string().min(1).max(300))
    .default({})
    .describe('Why each group of permissions is wanted, by risk; without it, what the connector says'),
  confirmation: z
    .enum(['host', 'screen'])
    .default('host')
    .describe('screen mails a one-time code to user.email, which whoever finishes has to enter'),
  deliver: z
    .strictObject({ email: z.literal(true) })
    .optional()
    .describe('Mails hosted_url to user.email'),
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
  expires_at: z.iso.datetime().nullable().describe('When the consent ends by itself; null for never'),
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
  api_key: tokenText
    .optional()
    .describe('For connectors that take a credential of the person’s own: its secret'),
  fields: z
    .record(z.string().max(40), z.string().max(20_000))
    .optional()
    .describe(
      'What else such a connector asks for (GET /api/v1/connectors), as the subdomain of a workspace',
    ),
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

/** What a consent is limited to at the provider, by kind; a kind that is absent is not limited. */
export const resources = z.record(
  z.string().max(50),
  z
    .array(z.object({ id: z.string().max(300), label: z.string().max(300) }))
    .min(1)
    .max(500),
)
export type Resources = z.infer<typeof resources>

/** The body of `POST /api/v1/connected_accounts/{id}/narrow`; what is left out stays as it is. */
export const narrowingInput = z.strictObject({
  scopes: z.array(z.string().max(200)).min(1).max(100).optional().describe('Those to keep'),
  resources: resources.optional().describe('By kind, what may still be reached'),
  expires_in_days: z.number().int().min(1).max(3650).optional().describe('Never later than it would end'),
})

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
  resources: resources.nullable().describe('What it is limited to; null for all that the account reaches'),
  previous_connection_id: z.string().nullable(),
})
export type Connection = z.infer<typeof connection>

export const accountFilter = z.object({
  org_id: externalId.optional(),
  user_id: externalId.optional(),
  connector: connectorId.optional(),
  status: accountStatus.optional(),
})

const scopeView = z.object({
  scope: z.string(),
  does: z.string(),
  example: z.string(),
  required: z.boolean(),
  without_it: z.string().nullable(),
  /** Against the consent that this one follows; `null` where it follows none. */
  was: z.enum(['new', 'kept']).nullable(),
})
export type ScopeView = z.infer<typeof scopeView>

const piece = z.object({ text: z.string(), was: z.enum(['same', 'gone', 'new']) })

/** What the consent screen shows, in the language that it is shown in; its text form is what the receipt hashes. */
export const consentView = z.object({
  locale: z.string(),
  /** The agents by name, or the organization. */
  who: z.string(),
  many: z.boolean(),
  /** `domain` is where the person returns to; only a `verified` one says whose it is. `says` is that in words. */
  organization: z.object({
    name: z.string(),
    domain: z.string().nullable(),
    verified: z.boolean(),
    says: z.string().nullable(),
  }),
  agents: z.array(
    z.object({ name: z.string(), owner: z.string().nullable(), purpose: z.string().nullable() }),
  ),
  user: z.object({ id: externalId, name: z.string().nullable(), email: z.string().nullable() }),
  connector: z.object({ id: z.string(), name: z.string(), summary: z.string() }),
  /** Set when this renews an account that is connected already. */
  account: z.object({ label: z.string() }).nullable(),
  /** Which account it will be, part by part. */
  account_says: z.array(z.string()),
  /** Whether the provider can be made to ask which account it is. */
  switch_account: z.boolean(),
  purpose: z.string().nullable(),
  groups: z.array(
    z.object({ risk, title: z.string(), why: z.string().nullable(), scopes: z.array(scopeView) }),
  ),
  /** Three things to try the choice on; `ticks` are alternatives, each one of every list ticked. */
  samples: z.array(z.object({ says: z.string(), ticks: z.array(z.array(z.array(z.string()))) })),
  cannot: z.array(
    z.object({
      does: z.string(),
      why: z.enum(['not_granted', 'blocked', 'policy', 'never']),
      mark: z.string(),
    }),
  ),
  over_grant: z.string().nullable(),
  durations: z.array(z.object({ days: z.number().int().nullable(), title: z.string(), chosen: z.boolean() })),
  /** What the consent can be limited to; `limited` where the one before it was. */
  reach: z.array(
    z.object({
      kind: z.string(),
      title: z.string(),
      all: z.string(),
      some: z.string(),
      limited: z.boolean(),
    }),
  ),
  /** What is different since the consent that this one follows. */
  change: z
    .object({
      since: z.string(),
      gone: z.array(z.object({ scope: z.string(), does: z.string() })),
      wording: z.union([z.literal('other_language'), z.array(z.object({ pieces: z.array(piece) }))]),
    })
    .nullable(),
  /** The organization's own pages, by what they are called. */
  links: z.array(z.object({ name: z.string(), url: z.string() })),
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

export { type ReceiptFormat, type ReceiptWords, receiptDocument, receiptFormat } from './receipt/fields.ts'
