import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId, organization, organizationChange } from '#lib/tenancy/schema'

const path = '/api/v1/orgs/{id}'
const params = z.object({ id: externalId })

export const getOrg = contract({
  operationId: 'getOrg',
  method: 'GET',
  path,
  tag: 'Organizations',
  summary: 'Read an organization',
  audit: { none: 'a read' },
  status: 200,
  params,
  output: organization,
  errors: ['not_found'],
})

export const putOrg = contract({
  operationId: 'putOrg',
  method: 'PUT',
  path,
  tag: 'Organizations',
  summary: 'Make an organization, or change what is given',
  audit: 'organization.changed',
  status: 200,
  params,
  body: organizationChange,
  output: organization,
  errors: ['not_found'],
})

export const patchOrg = contract({
  operationId: 'patchOrg',
  method: 'PATCH',
  path,
  tag: 'Organizations',
  summary: 'Change what is given and leave the rest',
  audit: 'organization.changed',
  status: 200,
  params,
  body: organizationChange,
  output: organization,
  errors: ['not_found'],
})
