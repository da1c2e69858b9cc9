import { z } from 'zod'
import { contract, pageOf, pageQuery } from '#lib/http'
import { domain, domainInput, externalId } from '#lib/tenancy/schema'

const path = '/api/v1/orgs/{id}/domains'
const params = z.object({ id: externalId })

export const createDomain = contract({
  operationId: 'createDomain',
  method: 'POST',
  path,
  tag: 'Organizations',
  summary: 'Ask for a domain of the organization’s own for its portal',
  description: 'It goes live once both records are published; two may be live at once.',
  audit: 'domain.created',
  status: 201,
  params,
  body: domainInput,
  output: domain,
  errors: ['not_found', 'conflict'],
})

export const listDomains = contract({
  operationId: 'listDomains',
  method: 'GET',
  path,
  tag: 'Organizations',
  summary: 'List the domains of an organization',
  audit: { none: 'a read' },
  status: 200,
  params,
  query: pageQuery,
  output: pageOf(domain),
  errors: ['not_found'],
})
