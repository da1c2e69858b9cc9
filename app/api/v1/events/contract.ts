import { z } from 'zod'
import { outboxEvent } from '#lib/events/schema'
import { contract, pageOf, pageQuery } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const listEvents = contract({
  operationId: 'listEvents',
  method: 'GET',
  path: '/api/v1/events',
  tag: 'Events',
  summary: 'List what happened, as the outbox has it',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional(), type: z.string().max(100).optional() }),
  output: pageOf(outboxEvent),
  errors: ['not_found'],
})
