import { z } from 'zod'
import { contract } from '#lib/http'
import { costsInput, costsView } from '#lib/limits/schema'
import { externalId } from '#lib/tenancy/schema'

export const getCosts = contract({
  operationId: 'getCosts',
  method: 'GET',
  path: '/api/v1/limits/costs',
  tag: 'Limits',
  summary: 'What the calls of each tool cost, in the units of daily_cost limits',
  audit: { none: 'a read' },
  status: 200,
  query: z.strictObject({ org_id: externalId.optional() }),
  output: costsView,
  errors: ['not_found'],
})

export const setCosts = contract({
  operationId: 'setCosts',
  method: 'PUT',
  path: '/api/v1/limits/costs',
  tag: 'Limits',
  summary: 'Say what the calls of each tool cost, in place of what was said before',
  audit: 'tool_costs.changed',
  status: 200,
  body: costsInput,
  output: costsView,
  errors: ['not_found'],
})
