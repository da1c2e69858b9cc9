import { z } from 'zod'
import { contract, idParam } from '#lib/http'

export const receiveProviderEvent = contract({
  operationId: 'receiveProviderEvent',
  method: 'POST',
  idempotency: 'none',
  path: '/api/v1/provider_events/{id}',
  tag: 'Auth configs',
  summary: 'Where a provider tells of consents that ended on its side',
  description:
    'For providers alone: no key is asked for, the delivery proves itself. JSON signed with the auth config’s ' +
    'event_secret (GitHub, Slack, Stripe, Zoom), or a security event token pushed as application/secevent+jwt ' +
    '(RFC 8935; Google RISC, CAEP), which is answered 202, or 400 with `err` and `description`.',
  audit: 'connected_account.needs_reauth',
  status: 200,
  params: idParam,
  output: z
    .looseObject({ received: z.boolean().describe('Absent where the provider tests the address') })
    .partial(),
  errors: ['not_found', 'invalid_json', 'payload_too_large', 'unsupported_media_type'],
})
