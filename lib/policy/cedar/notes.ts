import type { PolicyJson, PolicySetTextToPartsAnswer } from '@cedar-policy/cedar-wasm/nodejs'
import type { Problem } from '../schema.ts'
import { type PolicyNotes, placeOf } from './source.ts'

/** One policy of a set: the name that Cedar gives it by its place, its text and its parsed form. */
export type Part = { cedarId: string; text: string; json: PolicyJson }

/** Cedar hands the policies of a set back sorted by name as text: `policy10` comes before `policy2`. */
export function inOrder(answer: Extract<PolicySetTextToPartsAnswer, { type: 'success' }>): {
  cedarId: string
  text: string
}[] {
  const names = answer.policies.map((_, at) => `policy${at}`)
  return [...names]
    .sort()
    .map((cedarId, at) => ({ cedarId, text: answer.policies[at] ?? '' }))
    .sort((a, b) => names.indexOf(a.cedarId) - names.indexOf(b.cedarId))
}

const known = new Set(['id', 'decision', 'quorum', 'expires_in', 'mask', 'reason', 'description'])
const bounds = { quorum: [1, 10], expires_in: [60, 30 * 86_400] } as const

/** The annotations of a set's policies, and what is wrong with them. */
export function readNotes(source: string, parts: readonly Part[]) {
  const problems: Problem[] = []
  const notes = new Map<string, PolicyNotes>()
  const ids = new Set<string>()
  let from = 0
  for (const { cedarId, text, json } of parts) {
    const start = Math.max(source.indexOf(text, from), 0)
    from = start + text.length
    const annotations = json.annotations ?? {}
    const complain = (severity: Problem['severity'], message: string, fix: string | null) => {
      const place = placeOf(source, Buffer.byteLength(source.slice(0, start)))
      problems.push({ severity, ...place, message: `${cedarId}: ${message}`, fix })
    }
    const id = annotations.id ?? cedarId
    if (!/^[A-Za-z0-9._-]{1,80}$/.test(id)) {
      complain('error', `the id "${id}" is not a name`, 'letters, digits, dots, _ and - only')
    }
    if (ids.has(id))
      complain('error', `there are two policies with the id "${id}"`, 'give each an @id of its own')
    ids.add(id)
    for (const name of Object.keys(annotations)) {
      if (!known.has(name)) {
        complain('error', `there is no annotation @${name}`, `known are @${[...known].join(', @')}`)
      }
    }
    const { decision = 'allow' } = annotations
    if (json.effect === 'forbid') {
      for (const name of ['decision', 'quorum', 'expires_in', 'mask']) {
        if (name in annotations) complain('error', `@${name} has no place on a forbid`, 'put it on a permit')
      }
    } else if (decision !== 'ask' && decision !== 'allow') {
      complain('error', `@decision("${decision}") is not a decision`, '@decision("ask"), or none to allow')
    }
    const number = (name: keyof typeof bounds): number | null => {
      const given = annotations[name]
      if (given === undefined) return null
      const [least, most] = bounds[name]
      const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN
      if (decision !== 'ask') complain('error', `@${name} needs @decision("ask")`, 'add @decision("ask")')
      if (value >= least && value <= most) return value
      complain('error', `@${name}("${given}") is out of range`, `a whole number from ${least} to ${most}`)
      return null
    }
    const masks = (annotations.mask ?? '').split(',').map((kind) => kind.trim())
    if ('mask' in annotations && !masks.every((kind) => /^[a-z][a-z_]{0,30}$/.test(kind))) {
      complain('error', '@mask names kinds of personal data', '@mask("email,phone")')
    }
    notes.set(cedarId, {
      id,
      effect: json.effect,
      asks: json.effect === 'permit' && decision === 'ask',
      quorum: number('quorum') ?? 1,
      expiresInSeconds: number('expires_in'),
      masks: 'mask' in annotations ? masks : [],
      reason: annotations.reason ?? null,
    })
  }
  return { notes, problems }
}
