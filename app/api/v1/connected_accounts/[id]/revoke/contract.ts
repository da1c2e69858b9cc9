import { z } from 'zod'
import { connectedAccount } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const revokeConnectedAccount = contract({
  operationId: 'revokeConnectedAccount',
  method: 'POST',
  path: '/api/v1/connected_accounts/{id}/revoke',
  tag: 'Connected accounts',
  summary: 'Stop all use at once, revoke at the provider, and report both',
  audit: 'connected_account.revoked',
  status: 200,
  params: idParam,
  body: z.strictObject({ reason: z.string().min(1).max(500).default('revoked by the product') }),
  output: connectedAccount.extend({
    stopped: z.literal(true).describe('No call gets the credential from here on'),
    upstream: z
      .enum(['revoked', 'unsupported', 'pending', 'unconfirmed'])
      .describe('What became of it at the provider; pending is being tried again'),
  }),
  errors: ['not_found'],
})
