import { z } from 'zod'
import { pageUrl } from './branding/theme.ts'

export {
  type Asset,
  asset,
  assetInput,
  type Branding,
  branding as brandingView,
  type RepairedColour,
  type Theme,
  theme,
} from './branding/theme.ts'

export { type Domain, domain, domainChange, domainInput } from './domains/schema.ts'

/** An id that the caller chose for an org or a user (API.md). */
export const externalId = z
  .string()
  .regex(/^[A-Za-z0-9_.:@-]{1,128}$/, 'must be 1 to 128 characters of A-Za-z0-9_.:@-')

/** A web origin: scheme, host and port, nothing else. Plain http is for this machine only. */
export const origin = z.string().refine((text) => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  // The URL parser lets `*` and `;` stand in a host: in a frame-ancestors list they would say something else.
  if (!/^([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])$/.test(url.hostname)) return false
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  return url.origin === text && (url.protocol === 'https:' || (url.protocol === 'http:' && local))
}, 'must be an origin such as https://app.example.com')

/** A key of the organization's own at a key service (docs/key-services.md). */
const encryptionKey = z.strictObject({
  service: z.enum(['vault', 'aws_kms', 'gcp_kms']),
  name: z
    .string()
    .max(300)
    .regex(
      /^(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9_.:/-]*$/,
      'must be the name of a key at its service: a Transit key, a KMS key id, ARN or alias, a Google resource name',
    ),
})

/** Whether this Node knows a time zone by that IANA name; offsets such as +01:00 know no summer and are none. */
function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}

export const organization = z.object({
  id: externalId,
  name: z.string(),
  origins: z.array(origin),
  branding: z.record(z.string(), z.unknown()),
  settings: z.record(z.string(), z.unknown()),
  encryption_key: encryptionKey.nullable(),
  timezone: z.string().nullable(),
  created_at: z.iso.datetime(),
})
export type Organization = z.infer<typeof organization>

const branding = z
  .strictObject({
    primary: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #1a73e8')
      .optional(),
    support_url: pageUrl.optional(),
    privacy_url: pageUrl.optional(),
    terms_url: pageUrl.optional(),
  })
  .describe(
    'The simplest look: publishes a version with these in place of the same of the version before. All else is at /branding',
  )

/** Connections that an administrator has to approve: of a connector, or of some of its scopes. */
const approvalRule = z.strictObject({
  connector: z.string().regex(/^[a-z][a-z0-9]{0,30}$/, 'must be the id of a connector'),
  scopes: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(100)
    .optional()
    .describe('Only where one of these is asked for; without it, every connection of the connector'),
})
export type ApprovalRule = z.infer<typeof approvalRule>

const storedRules = z.array(approvalRule)

/** What an org's stored settings demand. @throws ZodError for what no write of ours has made */
export const approvalRules = (stored: Readonly<Record<string, unknown>>): ApprovalRule[] =>
  storedRules.parse(stored.connection_approval ?? [])

const connectorIds = z
  .array(z.string().regex(/^[a-z][a-z0-9]{0,30}$/, 'must be the id of a connector'))
  .max(200)
  .refine((ids) => new Set(ids).size === ids.length, 'must not name a connector twice')

/** Which connectors the portal offers, and in which order. */
export const connectorList = z.strictObject({
  mode: z.enum(['all', 'only']).describe('only offers those in order, and none that is added later'),
  order: connectorIds.default([]).describe('These come first, in this order'),
  hidden: connectorIds.default([]).describe('Never offered, even to a session that names them'),
})
export type ConnectorList = z.infer<typeof connectorList>

/** A page of the product's. */
const productUrl = z
  .string()
  .max(2000)
  .refine(
    (text) => URL.canParse(text) && origin.safeParse(new URL(text).origin).success,
    'must be an https URL',
  )

const settings = z
  .strictObject({
    input_retention_days: z.number().int().min(1).max(365).optional(),
    audit_retention_days: z
      .number()
      .int()
      .min(30)
      .max(36_500)
      .optional()
      .describe("How long events of the audit are kept; without it, the deployment's, or for ever"),
    connectors: connectorList.optional().describe("Without it, the deployment's"),
    consent_duration_days_max: z
      .number()
      .int()
      .min(1)
      .max(3650)
      .optional()
      .describe('For how long a person may lend an account at most; without it, until they take it back'),
    connection_approval: z.array(approvalRule).max(200).optional(),
    mail_sender_name: z
      .string()
      .min(1)
      .max(70)
      .regex(/^\P{Cc}+$/u, 'must be one line')
      .optional()
      .describe('Whose name stands before the deployment’s address in mail; without it, the organization’s'),
    mail_reply_to: z.email().max(254).optional().describe('Where answers to its mail go'),
    manage_url: productUrl
      .optional()
      .describe("Where in the product people find their agents: its page opens a session of kind 'manage'"),
    sign_in_url: productUrl
      .optional()
      .describe(
        'Where in the product a person goes whom the authorization server has to know, with `sign_in` added to it; ' +
          'within the registered origins',
      ),
  })
  .describe('Limits and retention')

export const organizationChange = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  origins: z
    .array(origin)
    .max(50)
    .optional()
    .describe('Origins that may embed the portal and be returned to'),
  branding: branding.optional(),
  settings: settings.optional(),
  timezone: z
    .string()
    .max(64)
    .refine(isTimezone, 'must be an IANA time zone such as Europe/Berlin')
    .nullable()
    .optional()
    .describe('Where its clocks are, for policies that speak of hours and weeks; null is UTC'),
  encryption_key: encryptionKey
    .nullable()
    .optional()
    .describe(
      "The organization's own key, which wraps its keys from now on (for unrestricted keys); null for the deployment's",
    ),
})
export type OrganizationChange = z.infer<typeof organizationChange>
