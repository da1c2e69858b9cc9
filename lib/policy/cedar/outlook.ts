import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { readsOf } from './reads.ts'

// What can be said of a tool before anybody calls it: who would call, for whom, on which account, and what the tool is, are
// known; what the call will say, when it comes and from where, is not.

const known: ReadonlySet<string> = new Set([
  'actors',
  'delegated',
  'org',
  'user',
  'connector',
  'tool',
  'effect',
  'risk',
])

type Clause = PolicyJson['conditions'][number]

function isKnown(clause: Clause, policy: PolicyJson): boolean {
  const { context } = readsOf([{ ...policy, conditions: [clause] }])
  return context !== 'everything' && [...context.keys()].every((name) => known.has(name))
}

/**
 * A set made as wide as what is not known could make it: forbids that hang on it are left out, and permits do without the
 * conditions that do. What even this denies is denied whatever the call says.
 */
export const widened = (policies: readonly PolicyJson[]): PolicyJson[] =>
  policies.flatMap((policy) => {
    const kept = policy.conditions.filter((clause) => isKnown(clause, policy))
    if (kept.length === policy.conditions.length) return [policy]
    return policy.effect === 'forbid' ? [] : [{ ...policy, conditions: kept }]
  })
