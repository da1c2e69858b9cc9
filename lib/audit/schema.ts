import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

export type { Around } from './explore/around.ts'
export { type ExploreFilter, exploreFilter, readSearch } from './explore/schema.ts'

export const outcome = z.enum(['allowed', 'denied', 'failed', 'unknown'])

export const auditEvent = z.object({
  id: z.string(),
  chain: z.string().describe('The chain that the event is in: what its hash covers in place of `org_id`'),
  sequence: z.number().int(),
  occurred_at: z.iso.datetime(),
  action: z.string(),
  outcome,
  org_id: z.string(),
  user_id: z.string().nullable(),
  actor: z.object({ type: z.string(), id: z.string() }),
  agent_id: z.string().nullable(),
  connected_account_id: z.string().nullable(),
  connection_id: z.string().nullable(),
  tool_name: z.string().nullable(),
  scopes_required: z.array(z.string()),
  scopes_granted: z.array(z.string()),
  policy: z.object({ engine: z.string(), decision: z.string(), policy_ids: z.array(z.string()) }).nullable(),
  params_hmac: z.string().nullable(),
  changed_fields: z.array(z.string()),
  error_code: z.string().nullable(),
  duration_ms: z.number().nullable(),
  trace_id: z.string().nullable(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  details: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
  ),
  prev_hash: z.string(),
  hash: z.string(),
})
export type AuditEvent = z.infer<typeof auditEvent>

export const auditFilter = z.object({
  org_id: externalId.optional(),
  actor: z.string().max(200).optional().describe('Id of the actor'),
  action: z.string().max(100).optional(),
  user_id: externalId.optional(),
  connected_account_id: z.string().max(100).optional(),
  tool_name: z.string().max(64).optional(),
  outcome: outcome.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
})
export type AuditFilter = Omit<z.infer<typeof auditFilter>, 'org_id'>

/** A chain's head as it was signed (RFC 7515), under a key of /.well-known/jwks.json. */
export const checkpoint = z.object({
  chain: z.string(),
  org_id: z.string(),
  sequence: z.number().int(),
  hash: z.string(),
  at: z.iso.datetime(),
  kid: z.string(),
  jws: z.string(),
  pending: z.array(z.string()).describe('Places outside the database that have not taken it yet'),
})
export type Checkpoint = z.infer<typeof checkpoint>

export const chainReport = z.object({
  ok: z.boolean(),
  events: z.number().int(),
  head: z.string(),
  first_bad: z.string().nullable().describe('Id of the first event that does not fit the chain'),
  reason: z.string().nullable(),
  from: z
    .number()
    .int()
    .describe('Number of the first event that is kept; older ones were let go by retention'),
  checkpoints: z.number().int().describe('Signed heads that the chain agrees with'),
  signed_through: z
    .number()
    .int()
    .nullable()
    .describe('Up to this event a signed head vouches for the chain; beyond it only the chain itself does'),
  contradicted_by: z
    .object({ sequence: z.number().int(), at: z.iso.datetime(), kid: z.string(), from: z.string() })
    .nullable()
    .describe('The first signed head that says otherwise'),
  events_per_second: z.number().int().describe('How fast the chain was walked'),
})
export type ChainReport = z.infer<typeof chainReport>

const actor = z.object({ type: z.string(), id: z.string() })

/** While one stands, nothing of the organization's audit is let go of. */
export const legalHold = z.object({
  id: z.string(),
  reason: z.string(),
  placed_by: actor,
  placed_at: z.iso.datetime(),
  lifted_by: actor.nullable(),
  lifted_at: z.iso.datetime().nullable(),
})
export type LegalHold = z.infer<typeof legalHold>

export const legalHoldInput = z.strictObject({
  reason: z.string().min(1).max(500).describe('Such as the name of the matter'),
})

const httpsUrl = z
  .string()
  .max(2000)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null
    const local = url?.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
    return (url?.protocol === 'https:' || local) && !url?.username && !url?.hash
  }, 'must be an https URL')
const syslogUrl = z
  .string()
  .max(300)
  .regex(
    /^syslog\+tls:\/\/([a-z0-9][a-z0-9.-]*|\[[0-9a-f:]+\]):\d{1,5}$/,
    'must be such as syslog+tls://siem.example.com:6514',
  )

export const auditStreamInput = z
  .strictObject({
    org_id: externalId
      .optional()
      .describe(
        "Without it an unrestricted key streams the deployment's own events, or every organization's",
      ),
    kind: z.enum(['https', 'syslog']),
    name: z.string().min(1).max(100),
    url: z
      .string()
      .max(2000)
      .describe(
        'https: takes events as NDJSON, oldest first, and a 2xx acknowledges all of them. syslog: syslog+tls://host:6514, RFC 5424 over TLS (RFC 5425)',
      ),
    authorization: z
      .string()
      .min(8)
      .max(4000)
      .regex(/^[\x20-\x7e]+$/, 'must be the value of an Authorization header')
      .optional()
      .describe('https: the whole header, such as `Bearer …`; never shown again'),
    ca_pem: z
      .string()
      .max(20_000)
      .regex(/^-----BEGIN CERTIFICATE-----/, 'must be a certificate in PEM')
      .optional()
      .describe('syslog: a private authority to trust in place of the public ones'),
    client_cert_pem: z
      .string()
      .max(20_000)
      .regex(/^-----BEGIN CERTIFICATE-----/, 'must be a certificate in PEM')
      .optional()
      .describe('syslog: what is shown to a collector that asks for a certificate (mutual TLS)'),
    client_key_pem: z
      .string()
      .max(20_000)
      .regex(/^-----BEGIN (EC |RSA )?PRIVATE KEY-----/, 'must be a private key in PEM, without a passphrase')
      .optional()
      .describe('syslog: the key of client_cert_pem; sealed, and never shown again'),
    every_org: z
      .boolean()
      .default(false)
      .describe("Events of every organization, and the deployment's: for unrestricted keys without org_id"),
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Events from this moment on, however old; without it, from now on'),
  })
  .superRefine((input, issues) => {
    const { kind, url, authorization, ca_pem, client_cert_pem, client_key_pem, every_org, org_id } = input
    const refuse = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message })
    const fits = (kind === 'https' ? httpsUrl : syslogUrl).safeParse(url)
    for (const { message } of fits.error?.issues ?? []) refuse('url', message)
    if (kind === 'syslog' && authorization !== undefined) refuse('authorization', 'is for https')
    if (kind === 'https' && ca_pem !== undefined) refuse('ca_pem', 'is for syslog')
    if (kind === 'https' && client_cert_pem !== undefined) refuse('client_cert_pem', 'is for syslog')
    if ((client_cert_pem === undefined) !== (client_key_pem === undefined))
      refuse(
        client_cert_pem === undefined ? 'client_cert_pem' : 'client_key_pem',
        'is needed beside the other',
      )
    if (every_org && org_id !== undefined) refuse('every_org', 'is for streams without org_id')
  })
export type AuditStreamInput = z.infer<typeof auditStreamInput>

export const auditStreamChange = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  paused: z.boolean().optional().describe('A stream that goes on takes up where it was'),
})
export type AuditStreamChange = z.infer<typeof auditStreamChange>

export const auditStream = z.object({
  id: z.string(),
  kind: z.enum(['https', 'syslog']),
  name: z.string(),
  url: z.string(),
  every_org: z.boolean(),
  has_authorization: z.boolean(),
  has_client_certificate: z.boolean(),
  since: z.iso.datetime(),
  created_at: z.iso.datetime(),
  paused_at: z.iso.datetime().nullable(),
  progress: z
    .object({
      sequence: z.number().int().describe('The last event that was acknowledged'),
      behind: z.number().int().describe('How many more there are'),
      behind_since: z.iso.datetime().nullable().describe('When the oldest of them happened'),
      delivered_at: z.iso.datetime().nullable(),
      attempts: z.number().int().describe('Failures since the last success'),
      retry_at: z.iso.datetime().nullable(),
      error_code: z.string().nullable(),
    })
    .describe("Of the chain that the stream belongs to; with every_org, the deployment's own"),
})
export type AuditStream = z.infer<typeof auditStream>
