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

/** What a provider has to be sent, as its documentation shows it; Basic credentials stand decoded. */
const request = z.strictObject({
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
})
export type RecordedRequest = z.infer<typeof request>

const recording = z.strictObject({
  provider: z.string(),
  /** The consent page for the scopes `one` and `two`; none where the flow is not OAuth 2. */
  authorize: z.strictObject({ url: z.url(), params: z.record(z.string(), z.string()) }).optional(),
  requests: z.partialRecord(z.enum(['exchange', 'refresh', 'revoke']), request),
  answers: z.array(answer),
})

/** What one provider is asked and what it answers. */
export function recordingOf(id: string): z.infer<typeof recording> {
  const file = join(import.meta.dirname, 'recorded', `${id.replaceAll('_', '-')}.json`)
  const recorded = recording.parse(JSON.parse(readFileSync(file, 'utf8')))
  if (recorded.provider !== id) throw new Error(`${file} is of ${recorded.provider}`)
  return recorded
}
