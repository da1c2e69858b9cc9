import { z } from 'zod'
import type { Judgement } from '../engine.ts'
import { decisionWord, type Flip } from '../schema.ts'
import { judgedOf } from './view.ts'

/** As a decision is kept with an execution, or with an approval. */
const recordedDecision = z
  .object({
    engine: z.string(),
    decision: decisionWord,
    policy_ids: z.array(z.string()).optional(),
    policyIds: z.array(z.string()).optional(),
  })
  .transform(({ engine, decision, policy_ids, policyIds }) => ({
    engine,
    decision,
    policy_ids: policy_ids ?? policyIds ?? [],
  }))

/** @returns `null` where what is judged now is what was decided then */
export function flipOf(
  call: Pick<Flip, 'id' | 'occurred_at' | 'tool_name'>,
  recorded: unknown,
  judgement: Judgement,
): Flip | null {
  const then = recordedDecision.parse(recorded)
  if (then.decision === judgement.decision.decision) return null
  return { ...call, recorded: then, draft: judgedOf(judgement) }
}
