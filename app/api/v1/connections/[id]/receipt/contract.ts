import { z } from 'zod'
import { receiptDocument, receiptFormat } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const getReceipt = contract({
  operationId: 'getReceipt',
  method: 'GET',
  path: '/api/v1/connections/{id}/receipt',
  tag: 'Connected accounts',
  summary: 'Download the signed receipt of a consent',
  description:
    'As `json`, a JWS in flattened JSON with the same decoded; as `html`, one page that checks its own signature without a ' +
    'network; as `jws`, the compact JWS alone. `/.well-known/jwks.json` publishes the keys that receipts are signed with.',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  query: z.strictObject({ format: receiptFormat.default('json') }),
  output: receiptDocument,
  errors: ['not_found'],
})
