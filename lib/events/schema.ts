import { z } from 'zod'

export const outboxEvent = z.object({
  id: z.string(),
  type: z.string(),
  schema_version: z.number().int(),
  org_id: z.string(),
  data: z.record(z.string(), z.unknown()),
  created_at: z.iso.datetime(),
})
export type OutboxEvent = z.infer<typeof outboxEvent>
