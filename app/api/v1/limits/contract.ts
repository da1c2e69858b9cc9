import { contract, pageOf, pageQuery } from '#lib/http'
import { limit, limitInput } from '#lib/limits/schema'
import { externalId } from '#lib/tenancy/schema'

export const createLimit = contract({
  operationId: 'createLimit',
  method: 'POST',
  path: '/api/v1/limits',
  tag: 'Limits',
  summary: 'Limit how much may be called: a rate, calls at once, calls or cost units of a day',
  audit: 'limit.created',
  status: 201,
  body: limitInput,
  output: limit,
  errors: ['not_found', 'forbidden', 'conflict'],
})

export const listLimits = contract({
  operationId: 'listLimits',
  method: 'GET',
  path: '/api/v1/limits',
  tag: 'Limits',
  summary: 'List the limits of an organization',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }).strict(),
  output: pageOf(limit),
  errors: ['not_found'],
})
