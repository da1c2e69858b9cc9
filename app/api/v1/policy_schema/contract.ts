import { z } from 'zod'
import { contract } from '#lib/http'

export const getPolicySchema = contract({
  operationId: 'getPolicySchema',
  method: 'GET',
  path: '/api/v1/policy_schema',
  tag: 'Policies',
  summary: 'Read what policies may speak of',
  description: 'A Cedar schema: every tool is an action, and its params are typed.',
  audit: { none: 'a read' },
  status: 200,
  output: z.object({ language: z.literal('cedar'), schema: z.string() }),
})
