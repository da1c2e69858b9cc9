import { z } from 'zod'
import { revocation, revocationInput } from '#lib/connect/schema'
import { contract, pageOf, pageQuery } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const createRevocation = contract({
  operationId: 'createRevocation',
  method: 'POST',
  path: '/api/v1/revocations',
  tag: 'Revocations',
  summary: 'Revoke many accounts: all that match are stopped when this answers',
  description:
    'By organization, user, connector or auth config, or `all`. One transaction per organization stops its accounts; ' +
    'the providers are told account by account, by a job that survives a crash. An unrestricted key without org_id ' +
    'means every organization: one report each, under one batch_id.',
  audit: 'connected_accounts.revoked',
  status: 202,
  body: revocationInput,
  output: z.object({ batch_id: z.string(), data: z.array(revocation) }),
  errors: ['not_found'],
})

export const listRevocations = contract({
  operationId: 'listRevocations',
  method: 'GET',
  path: '/api/v1/revocations',
  tag: 'Revocations',
  summary: 'List the mass revocations of an organization or, without one, the batches over all of them',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }).strict(),
  output: pageOf(revocation),
  errors: ['not_found'],
})
