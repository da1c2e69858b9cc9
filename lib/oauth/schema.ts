import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

const baseUrls = z
  .record(z.string().regex(/^[a-z][a-z0-9]{0,19}$/), z.url({ protocol: /^https?$/ }))
  .describe('Other addresses of the provider, such as an emulator; for unrestricted keys only')

const eventSecret = z
  .string()
  .min(8)
  .max(1000)
  .describe('Write-only: the secret with which the provider signs what it sends to events_url')

export const authConfigInput = z.strictObject({
  connector: z.string().max(31),
  org_id: externalId.optional().describe('The organization it belongs to; without one, the deployment'),
  name: z.string().min(1).max(100).optional(),
  client_id: z.string().min(1).max(500),
  client_secret: z.string().min(1).max(4000).describe('Write-only'),
  event_secret: eventSecret.optional(),
  base_urls: baseUrls.optional(),
})
export type AuthConfigInput = z.infer<typeof authConfigInput>

export const authConfigChange = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  client_id: z.string().min(1).max(500).optional(),
  client_secret: z.string().min(1).max(4000).optional(),
  event_secret: eventSecret.nullable().optional(),
  base_urls: baseUrls.optional(),
  disabled: z.boolean().optional(),
})
export type AuthConfigChange = z.infer<typeof authConfigChange>

export const authConfig = z.object({
  id: z.string(),
  org_id: externalId.nullable(),
  connector: z.string(),
  kind: z
    .enum(['oauth2', 'form'])
    .describe('form: people paste a credential of their own; it can be disabled, or pointed elsewhere'),
  name: z.string(),
  client_id: z.string().describe('Empty for a form'),
  redirect_uri: z.string().describe('Register this at the provider'),
  events_url: z.string().describe('Where the provider may tell of consents that ended on its side'),
  events_signed: z.boolean().describe('Whether event_secret is set, by which it proves what it sends there'),
  base_urls: z.record(z.string(), z.string()),
  disabled: z.boolean(),
  created_at: z.iso.datetime(),
})
export type AuthConfigView = z.infer<typeof authConfig>
