import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Catalogue } from '../catalogue.ts'
import type { Engine, Judgement, Version } from '../engine.ts'
import { type Cedar, type Checked, check, hold, isTrap, modelFor, withCedar } from './compile.ts'
import { widened } from './outlook.ts'
import { type Reads, readsOf } from './reads.ts'
import { requestOf } from './request.ts'
import type { PolicyNotes } from './source.ts'

const engine = 'cedar'

/** What is known of sets by their ids; versions do not change, so nothing in it ever is out of date. */
const knownMax = 512

/** A set as wide as what is not known before a call could make it. */
type Wide = { source: string; reads: Reads }

/** Cedar, over the tools of a catalogue. */
export function cedarEngine(catalogue: Catalogue): Engine {
  const known = new Map<string, Checked>()
  const setOf = (cedar: Cedar, { id, source }: Version): Checked => {
    const set = known.get(id) ?? check(cedar, source, null)
    if (!known.has(id) && known.size >= knownMax) known.delete(known.keys().next().value ?? '')
    return known.set(id, set) && set
  }
  const wides = new WeakMap<Checked, Wide>()
  const wideOf = (cedar: Cedar, set: Checked): Wide => {
    const found = wides.get(set)
    if (found) return found
    const policies = widened(set.policies)
    const source = policies.map((policy) => textOf(cedar, policy)).join('\n')
    const wide = { source, reads: readsOf(policies) }
    wides.set(set, wide)
    return wide
  }
  return {
    async judge(version, facts) {
      const model = modelFor(catalogue)
      return withCedar((cedar) => {
        const set = setOf(cedar, version)
        // A draft may be tried with its errors. What cannot be read permits nothing.
        const error = set.problems.find(({ severity }) => severity === 'error')
        if (error) return unjudged(version, [], error.message)
        const request = asRequest(model, facts, set.reads)
        if (typeof request === 'string') return unjudged(version, [], request)
        const answer = cedar.statefulIsAuthorized({
          ...request,
          preparsedPolicySetId: hold(cedar, version.id, version.source),
          validateRequest: false,
        })
        return answer.type === 'failure'
          ? unjudged(version, [], answer.errors[0]?.message ?? 'Cedar refused it')
          : judgementOf(version, set.notes, answer.response)
      })
    },
    async refusesAnyway(version, facts) {
      const model = modelFor(catalogue)
      return withCedar((cedar) => {
        const set = setOf(cedar, version)
        if (set.problems.some(({ severity }) => severity === 'error')) return true
        const wide = wideOf(cedar, set)
        const request = asRequest(model, facts, wide.reads)
        if (typeof request === 'string') return false
        const answer = cedar.statefulIsAuthorized({
          ...request,
          preparsedPolicySetId: hold(cedar, `${version.id}/outlook`, wide.source),
          validateRequest: false,
        })
        if (answer.type === 'failure') return false
        const { decision, diagnostics } = answer.response
        return decision === 'deny' && diagnostics.errors.length === 0
      })
    },
  }
}

/** A policy as text; as wide as one of its kind could be where Cedar has none of it, as of a long row of operators. */
function textOf(cedar: Cedar, policy: PolicyJson): string {
  const widest = policy.effect === 'permit' ? 'permit(principal, action, resource);' : ''
  try {
    const answer = cedar.policyToText(policy)
    return answer.type === 'success' ? answer.text : widest
  } catch (error) {
    if (isTrap(error)) throw error
    return widest
  }
}

/** @returns why the facts are none that Cedar takes, where they are not */
function asRequest(...given: Parameters<typeof requestOf>): ReturnType<typeof requestOf> | string {
  try {
    return requestOf(...given)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error.message
    throw error
  }
}

type Response = {
  decision: 'allow' | 'deny'
  diagnostics: {
    reason: readonly string[]
    errors: readonly { policyId: string; error: { message: string } }[]
  }
}

function judgementOf(
  version: Version,
  notes: ReadonlyMap<string, PolicyNotes>,
  { decision, diagnostics }: Response,
): Judgement {
  const [error] = diagnostics.errors
  // Cedar skips a policy that fails; a forbid that failed would have let the call through.
  if (error) {
    const failed = diagnostics.errors.map(({ policyId }) => notes.get(policyId)?.id ?? policyId)
    return unjudged(version, failed, error.error.message)
  }
  const said = diagnostics.reason.map((id) => notes.get(id)).filter((one) => one !== undefined)
  const policyIds = named(
    version,
    said.map(({ id }) => id),
  )
  if (decision === 'deny') {
    return {
      decision: {
        engine,
        decision: 'deny',
        policyIds: said.length > 0 ? policyIds : named(version, ['default']),
      },
      reason: said.find(({ reason }) => reason !== null)?.reason ?? null,
      problem: null,
    }
  }
  const masks = [...new Set(said.flatMap((one) => one.masks))].sort()
  const asking = said.filter(({ asks }) => asks)
  const times = asking.map(({ expiresInSeconds }) => expiresInSeconds).filter((seconds) => seconds !== null)
  return {
    decision: {
      engine,
      // The most careful of what applies: a permit for everything does not take away what another asks for.
      decision: asking.length > 0 ? 'ask' : 'allow',
      policyIds,
      ...(masks.length > 0 && { masks }),
      ...(asking.length > 0 && {
        approval: {
          quorum: Math.max(...asking.map(({ quorum }) => quorum)),
          expires_in_seconds: times.length > 0 ? Math.min(...times) : null,
        },
      }),
    },
    reason: asking.find(({ reason }) => reason !== null)?.reason ?? null,
    problem: null,
  }
}

const named = ({ number }: Version, ids: readonly string[]): string[] =>
  [...ids].sort().map((id) => `v${number}:${id}`)

const unjudged = (version: Version, ids: readonly string[], problem: string): Judgement => ({
  decision: { engine, decision: 'deny', policyIds: named(version, ids.length > 0 ? ids : ['unjudged']) },
  reason: null,
  problem,
})
