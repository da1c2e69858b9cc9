import type { DetailedError, ValidationAnswer } from '@cedar-policy/cedar-wasm/nodejs'
import type { Problem } from '../schema.ts'

/** What a policy of the org's says besides yes and no, from its annotations. */
export type PolicyNotes = {
  /** `v3:transfer-limit` is made of it: its `@id`, else its place, as in `policy2`. */
  id: string
  effect: 'permit' | 'forbid'
  asks: boolean
  quorum: number
  expiresInSeconds: number | null
  masks: readonly string[]
  /** For the caller, of a refusal. */
  reason: string | null
}

type Place = { line: number; column: number }

/** Cedar counts in bytes of UTF-8; people count lines and letters. */
export function placeOf(source: string, byteOffset: number): Place {
  const before = Buffer.from(source).subarray(0, byteOffset).toString()
  const lines = before.split('\n')
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}

/** Where Cedar has no advice of its own, ours. */
const advice: readonly [RegExp, string][] = [
  [
    /attribute `?params/,
    'name the tools that have it: permit(principal, action == Action::"connector.tool", resource)',
  ],
  [
    /unrecognized action|unrecognized entity/,
    'the schema lists every tool and type: GET /api/v1/policy_schema',
  ],
  [/unable to guarantee safety of access to optional/, 'test for it first: context.params has … && …'],
  [/saw decimal/, 'compare decimals by their methods: context.params.amount.lessThan(decimal("100.00"))'],
  [/invalid token|unexpected token|unexpected end/, 'check the brackets, the quotes and the ; at the end'],
]

export function problemOf(source: string, error: DetailedError, severity: Problem['severity']): Problem {
  const start = error.sourceLocations?.[0]?.start
  const place = start === undefined ? { line: null, column: null } : placeOf(source, start)
  const fix = error.help ?? advice.find(([pattern]) => pattern.test(error.message))?.[1] ?? null
  return { severity, ...place, message: error.message, fix }
}

export function problemsOf(source: string, answer: ValidationAnswer): Problem[] {
  if (answer.type === 'failure') return answer.errors.map((error) => problemOf(source, error, 'error'))
  return [
    ...answer.validationErrors.map(({ error }) => problemOf(source, error, 'error')),
    ...answer.validationWarnings.map(({ error }) => problemOf(source, error, 'warning')),
  ]
}
