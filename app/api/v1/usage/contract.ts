import { z } from 'zod'
import { contract } from '#lib/http'
import { usage } from '#lib/limits/schema'
import { externalId } from '#lib/tenancy/schema'

export const getUsage = contract({
  operationId: 'getUsage',
  method: 'GET',
  path: '/api/v1/usage',
  tag: 'Limits',
  summary: 'What was called today, by agent and tool, and how much of the daily limits is used',
  audit: { none: 'a read' },
  status: 200,
  query: z.strictObject({ org_id: externalId.optional() }),
  output: usage,
  errors: ['not_found'],
})
