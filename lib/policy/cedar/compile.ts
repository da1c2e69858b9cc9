import type * as Wasm from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { AppError } from '#lib/errors'
import { anchored, log } from '#lib/log'
import type { Catalogue } from '../catalogue.ts'
import type { Problem } from '../schema.ts'
import { beyondBounds, policiesMax, tooMany } from './bounds.ts'
import { modelOf, type PolicyModel } from './model.ts'
import { inOrder, type Part, readNotes } from './notes.ts'
import { type Reads, readsNothing, readsOf } from './reads.ts'
import { type PolicyNotes, placeOf, problemOf, problemsOf } from './source.ts'

export type Cedar = typeof Wasm

/**
 * Cedar keeps what it parsed under names, for the whole process and for ever: so there are this many names, and this much
 * under them, in letters of policies, each of which takes some 25 bytes. What has to be parsed again takes milliseconds.
 */
const slotsMax = 512
const lettersMax = 4_000_000

type State = {
  cedar: Promise<Cedar> | null
  /** Which set lies under which name, the longest unused first. */
  slots: Map<string, { slot: string; letters: number }>
  /** Names that nothing lies under any more. */
  free: string[]
  letters: number
}
const state = anchored<State>('policy.cedar', () => ({
  cedar: null,
  slots: new Map(),
  free: [],
  letters: 0,
}))

/** Cedar is loaded where an org first needs it: 12 MB that a deployment without policies does without. */
export function loadCedar(): Promise<Cedar> {
  state.cedar ??= import('@cedar-policy/cedar-wasm/nodejs')
  return state.cedar
}

/** Whether Cedar itself broke off, and did not just refuse. */
export const isTrap = (cause: unknown): boolean =>
  cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError

/**
 * Runs Cedar, at once and without waiting for anything in between. Where it breaks off, and does not just refuse, what
 * its memory holds from then on is not known: a Cedar with a memory of its own takes its place for whoever comes next.
 * @throws AppError `unavailable` then
 */
export async function withCedar<Result>(work: (cedar: Cedar) => Result): Promise<Result> {
  const cedar = await loadCedar()
  try {
    return work(cedar)
  } catch (cause) {
    if (!isTrap(cause)) throw cause
    if ((await state.cedar) === cedar) renew()
    throw new AppError(
      'unavailable',
      { detail: 'The policy engine broke off, so the call was not made.' },
      { internal: 'Cedar', cause },
    )
  }
}

function renew(): void {
  log.error('Cedar broke off and is loaded anew')
  const { createRequire } = process.getBuiltinModule('node:module')
  const require = createRequire(`${process.cwd()}/package.json`)
  const path = require.resolve('@cedar-policy/cedar-wasm/nodejs')
  delete require.cache[path]
  state.cedar = Promise.resolve(require(path) as Cedar)
  state.slots.clear()
  state.free = []
  state.letters = 0
}

const models = new WeakMap<Catalogue, PolicyModel>()

/** The model of a catalogue, made once. */
export function modelFor(catalogue: Catalogue): PolicyModel {
  const model = models.get(catalogue) ?? modelOf(catalogue)
  models.set(catalogue, model)
  return model
}

/** The schema as Cedar's text, for people and editors. */
export async function schemaText(catalogue: Catalogue): Promise<string> {
  const answer = await withCedar((cedar) => cedar.schemaToText(modelFor(catalogue).schema))
  if (answer.type === 'failure') throw new Error(`the policy schema: ${answer.errors[0]?.message}`)
  return answer.text.replaceAll('__cedar::', '')
}

/**
 * Sees that Cedar holds this set, under a name that is nobody else's until the next call of this function: use it
 * before anything is awaited.
 */
export function hold(cedar: Cedar, setId: string, source: string): string {
  const held = state.slots.get(setId)
  if (held) {
    state.slots.delete(setId)
    state.slots.set(setId, held)
    return held.slot
  }
  makeRoom(cedar, source.length)
  const slot = state.free.pop() ?? `set${state.slots.size}`
  const answer = cedar.preparsePolicySet(slot, { staticPolicies: source })
  if (answer.type === 'failure') {
    state.free.push(slot)
    throw new Error(`policies ${setId}: ${answer.errors[0]?.message}`)
  }
  state.slots.set(setId, { slot, letters: source.length })
  state.letters += source.length
  return slot
}

function makeRoom(cedar: Cedar, letters: number): void {
  for (const [setId, longestUnused] of state.slots) {
    if (state.slots.size < slotsMax && state.letters + letters <= lettersMax) return
    state.slots.delete(setId)
    state.letters -= longestUnused.letters
    cedar.preparsePolicySet(longestUnused.slot, { staticPolicies: '' })
    state.free.push(longestUnused.slot)
  }
}

export type Checked = {
  problems: Problem[]
  policies: readonly PolicyJson[]
  /** By Cedar's own name of the policy. */
  notes: ReadonlyMap<string, PolicyNotes>
  reads: Reads
}

/** Whether a set asks how often something was called lately. */
export const readsUsage = ({ reads }: Pick<Checked, 'reads'>): boolean =>
  reads.context === 'everything' || reads.context.has('usage')

/** Parses a set and its annotations; and, with a catalogue, checks every policy against the types of its tools. */
export function check(cedar: Cedar, source: string, against: PolicyModel | null): Checked {
  const nothing = { policies: [], notes: new Map<string, PolicyNotes>(), reads: readsNothing }
  const beyond = beyondBounds(source)
  if (beyond) return { ...nothing, problems: [beyond] }
  const split = cedar.policySetTextToParts(source)
  if (split.type === 'failure') {
    return { ...nothing, problems: split.errors.map((error) => problemOf(source, error, 'error')) }
  }
  const problems: Problem[] = []
  for (const template of split.policy_templates) {
    const place = placeOf(source, Buffer.byteLength(source.slice(0, Math.max(source.indexOf(template), 0))))
    const fix = 'write the policy out, without ?principal and ?resource'
    problems.push({ severity: 'error', ...place, message: 'templates are not for sets of an org', fix })
  }
  if (split.policies.length > policiesMax) problems.push(tooMany(split.policies.length))
  if (problems.length > 0) return { ...nothing, problems }
  const parts: Part[] = inOrder(split).flatMap((part) => {
    const answer = cedar.policyToJson(part.text)
    if (answer.type === 'success') return [{ ...part, json: answer.json }]
    // What a policy reads would not be known, and so not be handed over.
    problems.push(...answer.errors.map((error) => problemOf(part.text, error, 'error')))
    return []
  })
  const { notes, problems: ofNotes } = readNotes(source, parts)
  if (against) {
    problems.push(
      ...problemsOf(source, cedar.validate({ schema: against.schema, policies: { staticPolicies: source } })),
    )
  }
  problems.push(...ofNotes)
  if (![...notes.values()].some(({ effect }) => effect === 'permit')) {
    const fix = 'a set denies what no policy permits: begin with permit(principal, action, resource);'
    // Who takes the last policy out means to be done with policies, and not to forbid everything.
    const severity = notes.size === 0 ? 'error' : 'warning'
    problems.push({ severity, line: null, column: null, message: 'nothing is permitted', fix })
  }
  const policies = parts.map(({ json }) => json)
  return { problems, policies, notes, reads: readsOf(policies) }
}
