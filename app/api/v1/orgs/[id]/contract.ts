import { z } from 'zod'
import { revocation } from '#lib/connect/schema'
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

export const deleteOrg = contract({
  operationId: 'deleteOrg',
  method: 'DELETE',
  path,
  tag: 'Organizations',
  summary: 'Stop everything of an organization at once, then destroy its keys and personal data',
  description:
    'For unrestricted keys. Its name is free again when this answers. Providers are told for 45 seconds; within 60 all ' +
    'that unseals is destroyed, and the report at GET /api/v1/revocations/{id} carries the certificate.',
  audit: 'org.deleted',
  status: 202,
  params,
  output: revocation,
  errors: ['not_found'],
})
