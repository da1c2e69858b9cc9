import { contract, pageOf, pageQuery } from '#lib/http'
import { toolset, toolsetInput } from '#lib/identity/schema'
import { externalId } from '#lib/tenancy/schema'

export const createToolset = contract({
  operationId: 'createToolset',
  method: 'POST',
  path: '/api/v1/toolsets',
  tag: 'Toolsets',
  summary: 'Name a part of the tools; it has an MCP endpoint of its own',
  description: 'It offers less than there is, and gives nobody anything: each call is decided as any other.',
  audit: 'toolset.created',
  status: 201,
  body: toolsetInput,
  output: toolset,
  errors: ['not_found', 'conflict'],
})

export const listToolsets = contract({
  operationId: 'listToolsets',
  method: 'GET',
  path: '/api/v1/toolsets',
  tag: 'Toolsets',
  summary: 'List the toolsets of an organization',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }).strict(),
  output: pageOf(toolset),
  errors: ['not_found'],
})
