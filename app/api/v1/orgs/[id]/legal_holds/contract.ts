import { z } from 'zod'
import { legalHold, legalHoldInput } from '#lib/audit/schema'
import { contract, pageOf, pageQuery } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

const path = '/api/v1/orgs/{id}/legal_holds'
const params = z.object({ id: externalId })

export const placeLegalHold = contract({
  operationId: 'placeLegalHold',
  method: 'POST',
  path,
  tag: 'Audit',
  summary: "Keep an organization's whole audit, whatever its retention says",
  audit: 'legal_hold.placed',
  status: 201,
  params,
  body: legalHoldInput,
  output: legalHold,
  errors: ['not_found'],
})

export const listLegalHolds = contract({
  operationId: 'listLegalHolds',
  method: 'GET',
  path,
  tag: 'Audit',
  summary: 'List legal holds, newest first, lifted ones too',
  audit: { none: 'a read' },
  status: 200,
  params,
  query: pageQuery,
  output: pageOf(legalHold),
  errors: ['not_found'],
})
