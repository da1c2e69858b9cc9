import { z } from 'zod'
import { contract } from '#lib/http'
import { domain, domainChange, externalId } from '#lib/tenancy/schema'

const path = '/api/v1/orgs/{id}/domains/{domain_id}'
const params = z.object({ id: externalId, domain_id: z.string().max(128) })

export const getDomain = contract({
  operationId: 'getDomain',
  method: 'GET',
  path,
  tag: 'Organizations',
  summary: 'Read a domain, with what the last check found',
  audit: { none: 'a read' },
  status: 200,
  params,
  output: domain,
  errors: ['not_found'],
})

export const changeDomain = contract({
  operationId: 'changeDomain',
  method: 'PATCH',
  path,
  tag: 'Organizations',
  summary: 'Make new links for this domain from now on',
  audit: 'domain.made_primary',
  status: 200,
  params,
  body: domainChange,
  output: domain,
  errors: ['not_found', 'conflict'],
})

export const deleteDomain = contract({
  operationId: 'deleteDomain',
  method: 'DELETE',
  path,
  tag: 'Organizations',
  summary: 'Give a domain up: it serves nothing from now on',
  audit: 'domain.deleted',
  status: 204,
  params,
  output: z.void(),
  errors: ['not_found'],
})
