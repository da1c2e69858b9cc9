import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'
import { keysAddress, publicJwk, publicJwkFor } from '../sso/schema.ts'

const toolName = z.string().regex(/^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$/, 'must be a tool name')
const connectorName = z.string().regex(/^[a-z][a-z0-9]{0,30}$/, 'must be the id of a connector')
const toolDiscovery = z.enum(['list', 'search'])
const actor = z.object({ type: z.string(), id: z.string() })

const connectors = z.array(connectorName).max(200).nullable()
const tools = z.array(toolName).max(1_000).nullable()

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * Where an authorization code may be sent: https; this machine by http (RFC 8252 §7.3); or a scheme that an app has made
 * its own by a domain name turned around (§7.1), which is what the dot says. No other scheme: `javascript:` has none.
 */
const redirectUri = z
  .string()
  .max(500)
  .refine((text) => {
    const url = URL.parse(text)
    if (url === null || url.hash !== '' || text.includes('#') || url.username !== '' || /[\s\\*]/.test(text))
      return false
    if (url.protocol === 'https:') return true
    if (url.protocol === 'http:') return loopback.test(url.hostname)
    return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol)
  }, 'must be https, a loopback address, or a private-use scheme such as com.example.app:/done')

const facts = {
  owner: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .describe('The person who answers for it: best their e-mail address'),
  purpose: z.string().max(500).nullable(),
  team: z.string().max(100).nullable(),
  environment: z.string().max(100).nullable(),
  connectors: connectors.describe('The only connectors that it may use; null for no restriction'),
  tools: tools.describe(
    'The only tools that it may use; null for no restriction. With both lists, both hold',
  ),
  redirect_uris: z
    .array(redirectUri)
    .max(10)
    .describe('Where it may send people back to, as an OAuth client'),
  tool_discovery: toolDiscovery.describe(
    'How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool',
  ),
}

export const agentInput = z.strictObject({
  name: z.string().min(1).max(100),
  org_id: externalId.optional().describe('The organization it belongs to; without one, the deployment'),
  owner: facts.owner.optional(),
  purpose: facts.purpose.optional(),
  team: facts.team.optional(),
  environment: facts.environment.optional(),
  connectors: facts.connectors.optional(),
  tools: facts.tools.optional(),
  redirect_uris: facts.redirect_uris.optional(),
  tool_discovery: facts.tool_discovery.optional(),
})
export type AgentInput = z.infer<typeof agentInput>

/** What stands in none of the fields stays as it is. */
export const agentPatch = agentInput.omit({ org_id: true }).partial()
export type AgentPatch = z.infer<typeof agentPatch>

export const agent = z.object({
  id: z.string().describe('Its `client_id`, where it was registered here'),
  org_id: externalId.nullable().describe('null for one of the deployment'),
  name: z.string(),
  ...facts,
  owner: z.string().nullable(),
  connectors: z.array(z.string()).nullable(),
  tools: z.array(z.string()).nullable(),
  redirect_uris: z.array(z.string()),
  owner_member_id: z
    .string()
    .nullable()
    .describe('The member with the address of its owner, where there is one'),
  kind: z.enum(['registered', 'client']).describe('`client` for one that registered itself'),
  client_id: z.string().describe('What it is called at the authorization server'),
  status: z.enum(['active', 'disabled']),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime().nullable().describe('Exact to the minute'),
  disabled_at: z.iso.datetime().nullable(),
})
export type Agent = z.infer<typeof agent>

export const admission = z.object({
  agent_id: z.string(),
  org_id: externalId,
  created_at: z.iso.datetime(),
})

const named = {
  name: z.string().min(1).max(100).optional().describe('For people'),
  expires_in_seconds: z
    .number()
    .int()
    .min(60)
    .max(86_400 * 3650)
    .optional(),
}

const keys = {
  jwks: z
    .strictObject({ keys: z.array(publicJwk).min(1).max(10) })
    .optional()
    .describe('The public keys themselves (RFC 7517)'),
  jwks_uri: keysAddress.optional().describe('Or where they are published'),
}

/** A SPIFFE trust bundle as it is published: with the keys of its certificates, and facts of its own beside them. */
const issuerKeys = z
  .object({
    keys: z
      .array(publicJwkFor('sig', 'jwt-svid', 'x509-svid'))
      .min(1)
      .max(20),
  })
  .optional()
  .describe('The public keys themselves (RFC 7517), or a SPIFFE trust bundle')

const issuer = z
  .string()
  .max(300)
  .refine((text) => {
    const url = URL.parse(text)
    if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || /[\s\\?#]/.test(text))
      return false
    return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
  }, 'must be an https URL without query or fragment')

const claim = z.union([z.string().max(500), z.number(), z.boolean()])

export const agentCredentialInput = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('client_secret'), ...named }),
    z.strictObject({ kind: z.literal('private_key_jwt'), ...named, ...keys }),
    z.strictObject({
      kind: z.literal('federated'),
      ...named,
      ...keys,
      jwks: issuerKeys,
      issuer: issuer
        .optional()
        .describe(
          'What stands in `iss`. Without one, the subject is a SPIFFE ID and the keys are its trust bundle',
        ),
      subject: z
        .string()
        .min(1)
        .max(500)
        .describe('What stands in `sub`. It may end in `:*` after a whole repository, project or namespace'),
      audience: z
        .string()
        .min(1)
        .max(300)
        .optional()
        .describe("What stands in `aud`; by default this server's issuer"),
      claims: z
        .record(z.string().min(1).max(100), claim)
        .refine((map) => Object.keys(map).length <= 20, 'has at most 20 claims')
        .optional()
        .describe('Further claims, each of which must have exactly this value'),
      single_use: z
        .boolean()
        .default(true)
        .describe(
          'Whether a token with a `jti` is good once. false for tokens that a workload keeps in a file',
        ),
    }),
    z.strictObject({
      kind: z.literal('tls_client_auth'),
      ...named,
      certificate_thumbprint: z
        .string()
        .regex(/^[\w-]{43}$/, 'must be a SHA-256 digest in base64url')
        .describe('SHA-256 of the DER certificate, base64url (RFC 8705 §3.1)'),
    }),
  ])
  .superRefine((input, { addIssue }) => {
    if (input.kind !== 'private_key_jwt' && input.kind !== 'federated') return
    const given = Number(input.jwks !== undefined) + Number(input.jwks_uri !== undefined)
    const discovered = input.kind === 'federated' && input.issuer !== undefined
    const message =
      given > 1
        ? 'take jwks or jwks_uri, and not both'
        : given === 0 && !discovered
          ? 'say the keys (jwks), or where they are (jwks_uri)'
          : null
    if (message !== null) addIssue({ code: 'custom', path: ['jwks'], message })
  })
export type AgentCredentialInput = z.infer<typeof agentCredentialInput>

export const agentCredential = z.object({
  id: z.string(),
  agent_id: z.string(),
  kind: z.enum(['client_secret', 'private_key_jwt', 'federated', 'tls_client_auth']),
  name: z.string().nullable(),
  hint: z.string().nullable().describe('Last four characters'),
  key_ids: z.array(z.string()).describe('Thumbprints of the keys that were registered themselves (RFC 7638)'),
  jwks_uri: z.string().nullable(),
  issuer: z.string().nullable(),
  subject: z.string().nullable(),
  audience: z.string().nullable(),
  claims: z.record(z.string(), z.unknown()).nullable(),
  single_use: z.boolean().nullable(),
  certificate_thumbprint: z.string().nullable(),
  status: z.enum(['active', 'expired', 'revoked']),
  created_by: actor,
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable().describe('Exact to the minute'),
  revoked_at: z.iso.datetime().nullable(),
})
export type AgentCredential = z.infer<typeof agentCredential>

export const rotateInput = z.strictObject({
  overlap_seconds: z
    .number()
    .int()
    .min(0)
    .max(86_400 * 30)
    .default(3_600)
    .describe('How long the old one is still good'),
  expires_in_seconds: named.expires_in_seconds,
})

const toolsetFields = {
  name: z.string().min(1).max(100),
  description: z.string().max(500).nullable(),
  agent_id: z.string().max(100).nullable().describe('The only agent that it is for; null for every agent'),
  connectors: connectors.describe('null for every connector'),
  tools: tools.describe('null for every tool of these connectors. With both lists, both hold'),
  tool_discovery: toolDiscovery,
}

export const toolsetInput = z.strictObject({
  org_id: externalId.optional(),
  ...toolsetFields,
  description: toolsetFields.description.optional(),
  agent_id: toolsetFields.agent_id.optional(),
  connectors: toolsetFields.connectors.optional(),
  tools: toolsetFields.tools.optional(),
  tool_discovery: toolDiscovery.default('list'),
})
export type ToolsetInput = z.infer<typeof toolsetInput>

export const toolsetPatch = z.strictObject(toolsetFields).partial()
export type ToolsetPatch = z.infer<typeof toolsetPatch>

export const toolset = z.object({
  id: z.string(),
  org_id: externalId,
  name: z.string(),
  description: z.string().nullable(),
  agent_id: z.string().nullable(),
  connectors: z.array(z.string()).nullable(),
  tools: z.array(z.string()).nullable(),
  tool_discovery: toolDiscovery,
  url: z.string().describe('Its MCP endpoint'),
  created_by: actor,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type Toolset = z.infer<typeof toolset>
