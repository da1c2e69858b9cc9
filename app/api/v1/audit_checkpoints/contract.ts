import { z } from 'zod'
import { checkpoint } from '#lib/audit/schema'
import { contract, pageOf, pageQuery } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

const path = '/api/v1/audit_checkpoints'

export const createAuditCheckpoint = contract({
  operationId: 'createAuditCheckpoint',
  method: 'POST',
  path,
  tag: 'Audit',
  summary: "Sign the head of an organization's chain now",
  description:
    'As the clock does every few minutes: keep the answer somewhere else, and nothing before it can be changed unseen.',
  audit: { none: 'an event of it would move the head that was just signed' },
  status: 201,
  body: z.strictObject({ org_id: externalId.optional() }),
  output: checkpoint,
  errors: ['not_found', 'conflict'],
})

export const listAuditCheckpoints = contract({
  operationId: 'listAuditCheckpoints',
  method: 'GET',
  path,
  tag: 'Audit',
  summary: 'List signed heads, the last of each day, newest first',
  description: 'All of them are where the operator keeps them: a folder, a bucket or a webhook.',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }),
  output: pageOf(checkpoint),
  errors: ['not_found'],
})
