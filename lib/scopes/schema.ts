import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

const connectorId = z.string().min(1).max(31)
const group = z.string().min(1).max(200)

export const scopeCeilingInput = z.strictObject({
  org_id: externalId.optional(),
  connector: connectorId,
  group: group
    .nullable()
    .default(null)
    .describe('As in `user.groups` of a connect session; `null` for whoever is in no group with a ceiling'),
  scopes: z
    .array(z.string().min(1).max(300))
    .max(200)
    .describe('The most that these people may use at the connector; empty for nothing'),
})

export const scopeCeiling = z.object({
  id: z.string(),
  org_id: externalId,
  connector: z.string(),
  group: z.string().nullable(),
  scopes: z.array(z.string()),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type ScopeCeiling = z.infer<typeof scopeCeiling>

/** Which ceilings a list is asked for. */
export const scopeCeilingFilter = {
  org_id: externalId.optional(),
  connector: connectorId.optional(),
  group: group.optional(),
}

const scalar = z.union([z.string().max(2_000), z.number(), z.boolean(), z.null()])

/** What one place among the params must be; everything that is said of it must hold. */
export const constraint = z
  .strictObject({
    equals: scalar.optional(),
    enum: z.array(scalar).min(1).max(100).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    pattern: z
      .string()
      .max(200)
      .optional()
      .describe('The whole text, in which `*` stands for any run of characters; no regular expression'),
    absent: z.literal(true).optional().describe('The place must not be there at all'),
  })
  .refine((said) => Object.keys(said).length > 0, 'must say something')
export type Constraint = z.infer<typeof constraint>

const mostDaysAhead = 90

/**
 * One authorization detail (RFC 9396) of a tool call: it can only narrow what the caller may do anyway.
 * @see docs/scopes.md
 */
export const authorizationDetail = z
  .strictObject({
    type: z.literal('behalf_tool_call'),
    tools: z
      .array(
        z
          .string()
          .regex(/^[a-z][a-z0-9]*\.([a-z][a-z0-9_]*|\*)$/, 'must be a tool name, or connector.* for all'),
      )
      .min(1)
      .max(200)
      .optional(),
    connected_account_ids: z.array(z.string().max(100)).min(1).max(100).optional(),
    params: z
      .record(
        z
          .string()
          .max(500)
          .regex(/^(\/([^~/]|~[01])*)+$/, 'must be a JSON pointer (RFC 6901)'),
        constraint,
      )
      .refine((places) => Object.keys(places).length <= 50, 'at most 50 places')
      .optional()
      .describe(
        'By JSON pointer into the params as they are run, defaults filled in; a place that is not there fits nothing',
      ),
    expires_at: z.iso.datetime({ offset: true }).optional(),
    jti: z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters')
      .optional()
      .describe('Good for one call. The name is its caller’s own; `expires_at` is needed with it'),
  })
  .refine(({ jti, expires_at }) => jti === undefined || expires_at !== undefined, {
    message: 'is needed with jti',
    path: ['expires_at'],
  })
  .refine(
    ({ jti, expires_at = '' }) =>
      jti === undefined || Date.parse(expires_at) - Date.now() <= mostDaysAhead * 86_400_000,
    { message: `must be within ${mostDaysAhead} days with jti`, path: ['expires_at'] },
  )
export type AuthorizationDetail = z.infer<typeof authorizationDetail>

export const authorizationDetails = z
  .array(authorizationDetail)
  .min(1)
  .max(20)
  .describe(
    'RFC 9396; the call must be within one of them. They can only narrow what the caller may do anyway',
  )
