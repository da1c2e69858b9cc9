import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { limit, limitPatch } from '#lib/limits/schema'

export const getLimit = contract({
  operationId: 'getLimit',
  method: 'GET',
  path: '/api/v1/limits/{id}',
  tag: 'Limits',
  summary: 'Read a limit',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: limit,
  errors: ['not_found'],
})

export const changeLimit = contract({
  operationId: 'changeLimit',
  method: 'PATCH',
  path: '/api/v1/limits/{id}',
  tag: 'Limits',
  summary: 'Change how much a limit allows, or its name; it holds from the next call on',
  audit: 'limit.changed',
  status: 200,
  params: idParam,
  body: limitPatch,
  output: limit,
  errors: ['not_found', 'forbidden'],
})

export const deleteLimit = contract({
  operationId: 'deleteLimit',
  method: 'DELETE',
  path: '/api/v1/limits/{id}',
  tag: 'Limits',
  summary: 'Remove a limit',
  audit: 'limit.deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found', 'forbidden'],
})
