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
