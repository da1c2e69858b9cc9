import { z } from 'zod'
import { type OpaSettings, opaPath } from '#lib/config'
import { type Egress, EgressError } from '#lib/egress'
import { AppError } from '#lib/errors'
import { log } from '#lib/log'
import type { Engine, Judgement, Version } from '../engine.ts'

const engine = 'opa'

/** What OPA's document has to be: a decision, or just whether the call is allowed. */
const answer = z.union([
  z.boolean().transform((allow) => ({ decision: allow ? ('allow' as const) : ('deny' as const) })),
  z.object({
    decision: z.enum(['allow', 'deny', 'ask']),
    policy_ids: z.array(z.string().max(200)).max(100).optional(),
    reason: z.string().max(500).optional(),
    masks: z
      .array(z.string().regex(/^[a-z][a-z_]{0,30}$/))
      .max(50)
      .optional(),
    approval: z
      .object({
        quorum: z.number().int().min(1).max(10).default(1),
        expires_in_seconds: z
          .number()
          .int()
          .min(60)
          .max(30 * 86_400)
          .nullable()
          .default(null),
      })
      .optional(),
  }),
])
type Answer = Extract<z.infer<typeof answer>, { policy_ids?: unknown }>

const deadlineMs = 2_000
const maxBytes = 64 * 1024

/**
 * Open Policy Agent over its REST API. What cannot be asked, or answers something else, allows nothing.
 * @see https://www.openpolicyagent.org/docs/rest-api "Get a Document (with Input)"
 */
export const opaEngine = (egress: Egress, settings: () => OpaSettings | null): Engine => ({
  // What it would say of a call is asked with the call.
  refusesAnyway: async () => false,
  async judge(version, facts) {
    const opa = settings()
    if (!opa) throw closed('no OPA is set up: BEHALF_OPA_URL')
    // A draft may be tried with its errors, and what is no path of a decision would lead elsewhere in OPA.
    if (!opaPath.test(version.source)) return unjudged(version)
    const response = await egress
      .request({
        purpose: 'opa',
        url: `${opa.url}/v1/data/${version.source}`,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(opa.token !== null && { authorization: `Bearer ${opa.token}` }),
        },
        body: JSON.stringify({ input: facts }),
        deadlineMs,
        maxBytes,
      })
      .catch((error: unknown) => {
        throw closed(error instanceof EgressError ? error.message : 'not reached', error)
      })
    if (response.status !== 200) throw closed(`answered ${response.status}`)
    return judgementOf(version, read(response.text()))
  },
})

function read(text: string): Answer {
  const parsed = documentOf(text)
  const result = answer.safeParse(parsed)
  if (result.success) return result.data
  throw closed(parsed === undefined ? 'has no such document' : 'answered something else than a decision')
}

/** OPA leaves `result` out where the document is undefined. */
function documentOf(text: string): unknown {
  try {
    return z.object({ result: z.unknown() }).parse(JSON.parse(text)).result
  } catch (error) {
    throw closed('answered no JSON', error)
  }
}

function judgementOf(
  { number, source }: Version,
  { decision, policy_ids = [source], reason, masks = [], approval }: Answer,
): Judgement {
  return {
    decision: {
      engine,
      decision,
      policyIds: policy_ids.map((id) => `v${number}:${id}`).sort(),
      ...(decision !== 'deny' && masks.length > 0 && { masks: [...new Set(masks)].sort() }),
      ...(decision === 'ask' && { approval: approval ?? { quorum: 1, expires_in_seconds: null } }),
    },
    reason: reason ?? null,
    problem: null,
  }
}

const unjudged = ({ number }: Version): Judgement => ({
  decision: { engine, decision: 'deny', policyIds: [`v${number}:unjudged`] },
  reason: null,
  problem: 'is not the path of a decision',
})

/** The input goes into no log: it is what people sent. */
function closed(why: string, cause?: unknown): AppError {
  log.warn({ why }, 'OPA could not judge a call')
  return new AppError(
    'unavailable',
    { detail: 'The policy engine could not be asked, so the call was not made.' },
    { internal: `OPA ${why}`, cause },
  )
}
