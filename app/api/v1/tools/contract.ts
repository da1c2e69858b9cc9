import { z } from 'zod'
import { effect } from '#lib/connector-kit/schema'
import { contract, pageOf, pageQuery } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const toolView = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  connector: z.string(),
  input_schema: z.record(z.string(), z.unknown()),
  output_schema: z.record(z.string(), z.unknown()),
  scopes: z.array(z.array(z.string())).describe('Alternatives of conjunctions'),
  effect,
  idempotent: z.boolean(),
  file: z
    .object({
      direction: z.enum(['in', 'out']),
      bytes_max: z.number().int(),
      media_types: z.array(z.string()).nullable(),
    })
    .nullable()
    .describe('The file that it takes or gives; see Files in the docs'),
  available: z.boolean().describe('Whether the asked user has granted what it needs'),
  missing: z.array(z.string()).describe('Scopes that the asked user has not granted'),
  blocked: z
    .enum(['policy', 'stopped', 'ceiling', 'limits', 'agent', 'token', 'consent', 'changed'])
    .nullable()
    .describe('What stands in the way whatever the user grants; see requirements'),
})

/** The same tools in the shape that a model's API takes them in. */
const shaped = z.record(z.string(), z.unknown())

export const listTools = contract({
  operationId: 'listTools',
  method: 'GET',
  path: '/api/v1/tools',
  tag: 'Tools',
  summary: 'List tools, and what a user can run',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({
    org_id: externalId.optional(),
    user_id: externalId.optional().describe('Whose grants `available` and `missing` answer for'),
    connector: z.string().max(31).optional(),
    q: z.string().max(200).optional().describe('Words to look for in name, title and description'),
    format: z
      .enum(['native', 'openai', 'openai_responses', 'anthropic', 'mcp'])
      .default('native')
      .describe(
        'The shape that a model takes tools in: Chat Completions, Responses, Messages, or MCP. Names there are `connector__verb_noun`',
      ),
  }),
  output: pageOf(z.union([toolView, shaped])),
  errors: ['not_found'],
})
