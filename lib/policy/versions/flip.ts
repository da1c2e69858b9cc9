import { z } from 'zod'
import type { Judgement } from '../engine.ts'
import { decisionWord, type Flip } from '../schema.ts'
import { judgedOf } from './view.ts'

/** As a decision is kept with an execution. Of a call that people approved, policy said that it should ask them. */
const recordedDecision = z
  .object({
    engine: z.string(),
    decision: decisionWord,
    policy_ids: z.array(z.string()).default([]),
    asked: z.boolean().default(false),
  })
  .transform(({ asked, decision, engine, policy_ids }) => ({
    engine,
    decision: asked ? ('ask' as const) : decision,
    policy_ids,
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
