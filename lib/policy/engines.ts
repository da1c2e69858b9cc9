import { config, type OpaSettings } from '#lib/config'
import type { Egress } from '#lib/egress'
import { anchored } from '#lib/log'
import type { CallFacts } from '#lib/proof'
import type { Catalogue } from './catalogue.ts'
import { cedarEngine } from './cedar/judge.ts'
import type { Engine, Judgement, Version } from './engine.ts'
import { opaEngine } from './opa/judge.ts'

type Composed = { catalogue: Catalogue; engines: Record<Version['engine'], Engine> }

const state = anchored<{ composed: Composed | null }>('policy.engines', () => ({ composed: null }))

/** Says what policies are about and by which door OPA is reached; whoever composes the process does so once. */
export function composePolicies(
  catalogue: Catalogue,
  egress: Egress,
  opa: () => OpaSettings | null = () => config().opa,
): void {
  state.composed = { catalogue, engines: { cedar: cedarEngine(catalogue), opa: opaEngine(egress, opa) } }
}

function composed(): Composed {
  if (!state.composed) throw new Error('this process was not told which tools policies are about')
  return state.composed
}

export const catalogue = (): Catalogue => composed().catalogue

/** @see Engine */
export const refusesAnyway = (version: Version, facts: CallFacts): Promise<boolean> =>
  composed().engines[version.engine].refusesAnyway(version, facts)

/** @throws AppError `unavailable` when the engine cannot be reached */
export const judgeBy = (version: Version, facts: CallFacts): Promise<Judgement> =>
  composed().engines[version.engine].judge(version, facts)
