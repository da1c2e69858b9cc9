import { z } from 'zod'
import { fieldKind, risk } from '#lib/connector-kit/schema'
import { contract, pageOf, pageQuery } from '#lib/http'

export const connectorView = z.object({
  id: z.string(),
  name: z.string(),
  summary: z.string(),
  auth: z.object({
    kind: z.enum(['oauth2', 'form']).describe('form: people paste a credential of their own'),
    fields: z
      .array(
        z.object({
          name: z.string(),
          kind: fieldKind,
          masked: z.boolean().describe('Whether it is typed like a password'),
          where: z.string().nullable(),
          example: z.string().nullable(),
        }),
      )
      .describe('What people are asked for; the fields of POST /api/v1/connected_accounts'),
  }),
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
