import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { toolset, toolsetPatch } from '#lib/identity/schema'

const path = '/api/v1/toolsets/{id}'

export const getToolset = contract({
  operationId: 'getToolset',
  method: 'GET',
  path,
  tag: 'Toolsets',
  summary: 'Read a toolset',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: toolset,
  errors: ['not_found'],
})

export const changeToolset = contract({
  operationId: 'changeToolset',
  method: 'PATCH',
  path,
  tag: 'Toolsets',
  summary: 'Change what a toolset offers, from the next list or call on',
  audit: 'toolset.changed',
  status: 200,
  params: idParam,
  body: toolsetPatch,
  output: toolset,
  errors: ['not_found', 'conflict'],
})

export const deleteToolset = contract({
  operationId: 'deleteToolset',
  method: 'DELETE',
  path,
  tag: 'Toolsets',
  summary: 'Remove a toolset and its endpoint',
  audit: 'toolset.deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
