import type { CallFacts, Decision } from '#lib/proof'

/** A version of an org's policies, as an engine needs it. Versions that were published never change. */
export type Version = Readonly<{
  id: string
  /** Counts up within the org. */
  number: number
  engine: 'cedar' | 'opa'
  /** Cedar: the policies. OPA: the path of the decision, such as `behalf/decision`. */
  source: string
}>

/** What an engine says of a call. */
export type Judgement = Readonly<{
  decision: Decision
  /** What the policy that refused says to the caller. */
  reason: string | null
  /** Why the call could not be judged, for whoever writes the policies; it is denied then. */
  problem: string | null
}>

export type Engine = {
  /** @throws AppError `unavailable` when the engine cannot be reached: nothing is allowed then */
  judge(version: Version, facts: CallFacts): Promise<Judgement>
  /**
   * Whether it would refuse such a call whatever its params, its time and its address, and however often it was made.
   * `false` where that cannot be told.
   */
  refusesAnyway(version: Version, facts: CallFacts): Promise<boolean>
}

export const allowed = (engine: string, policyIds: readonly string[]): Judgement => ({
  decision: { engine, decision: 'allow', policyIds },
  reason: null,
  problem: null,
})
