import { z } from 'zod'
import { risk } from '#lib/connector-kit/schema'
import { contract, pageOf, pageQuery } from '#lib/http'

export const connectorView = z.object({
  id: z.string(),
  name: z.string(),
  summary: z.string(),
  scopes: z.array(
    z.object({ scope: z.string(), does: z.string(), example: z.string(), risk, optional: z.boolean() }),
  ),
  tools: z.array(z.string()),
})

export const listConnectors = contract({
  operationId: 'listConnectors',
  method: 'GET',
  path: '/api/v1/connectors',
  tag: 'Connectors',
  summary: 'List connectors',
  audit: { none: 'the same for everyone' },
  status: 200,
  query: pageQuery,
  output: pageOf(connectorView),
})
