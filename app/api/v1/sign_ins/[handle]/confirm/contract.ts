import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const confirmSignIn = contract({
  operationId: 'confirmSignIn',
  method: 'POST',
  path: '/api/v1/sign_ins/{handle}/confirm',
  tag: 'Agents',
  summary: 'Vouch for who is signed in',
  description:
    'Called by the product with the `sign_in` that arrived at its sign_in_url, for the user who is signed in there. ' +
    'Send that user’s browser to the `redirect_url`: it is good once, for two minutes, in the browser that began.',
  audit: 'sign_in.confirmed',
  toldOnce: ['redirect_url'],
  status: 200,
  params: z.strictObject({ handle: z.string().regex(/^[\w-]{16,200}$/, 'must be a sign-in’s handle') }),
  body: z.strictObject({ user_id: externalId, org_id: externalId.optional() }),
  output: z.object({ redirect_url: z.url() }),
  errors: ['not_found', 'session_used', 'session_expired', 'conflict'],
})
