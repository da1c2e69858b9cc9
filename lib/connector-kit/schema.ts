import { z } from 'zod'

/** What using a scope or tool can do, mildest first; the consent screen groups by it. */
export const risk = z.enum(['read', 'write', 'send', 'admin'])
export type Risk = z.infer<typeof risk>

/** What a tool does to the world (API.md "A tool"). */
export const effect = z.enum(['read', 'write', 'send', 'delete', 'admin'])
export type Effect = z.infer<typeof effect>

/** What a field of a credential form is; its label, shape and secrecy follow. */
export const fieldKind = z.enum([
  'api_key',
  'api_token',
  'username',
  'email',
  'password',
  'client_id',
  'client_secret',
  'service_account',
  'subdomain',
])
export type FieldKind = z.infer<typeof fieldKind>
