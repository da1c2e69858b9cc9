// Answers of providers as they come over the wire: what the tests replay and the documentation counts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const tokens = z.strictObject({
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  expiresInSeconds: z.number().nullable(),
  scopes: z.array(z.string()).nullable(),
})

const answer = z.strictObject({
  /** What was asked: the code, a refresh, a call of the API, a revocation, or who connected. */
  endpoint: z.enum(['exchange', 'refresh', 'api', 'revoke', 'identity']),
  /** How it is to be read: an error class, or `tokens`, `account`, `revoked`, `unconfirmed`, `no_answer`. */
  is: z.string(),
  status: z.int(),
  headers: z.record(z.string(), z.string()).default({}),
  /** A text is sent as it stands, anything else as JSON. */
  body: z.unknown(),
  code: z.string().optional(),
  retry_after_seconds: z.int().optional(),
  tokens: tokens.optional(),
  account: z.strictObject({ id: z.string(), label: z.string() }).optional(),
  source: z.string().min(5),
  /** Whether this code, text or shape stands in a text of the provider's or was seen; else it is general knowledge. */
  verified: z.boolean(),
})
export type RecordedAnswer = z.infer<typeof answer>

/** The recorded answers of one provider. */
export function recordedAnswers(id: string): RecordedAnswer[] {
  const file = join(import.meta.dirname, 'recorded', `${id.replaceAll('_', '-')}.json`)
  const recorded = z
    .strictObject({ provider: z.literal(id), answers: z.array(answer) })
    .parse(JSON.parse(readFileSync(file, 'utf8')))
  return recorded.answers
}
