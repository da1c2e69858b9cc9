import { createHash } from 'node:crypto'
import { opaPath } from '#lib/config'
import type { Catalogue } from '../catalogue.ts'
import { check, modelFor, readsUsage, schemaText, withCedar } from '../cedar/compile.ts'
import type { Version } from '../engine.ts'
import { catalogue } from '../engines.ts'
import type { Problem } from '../schema.ts'

type Validated = { problems: Problem[]; readsUsage: boolean }

// Typing 200 policies against every tool takes a processor most of a second, in which nothing else is served: what was
// typed is not typed again because somebody looks at it.
const typed = new WeakMap<Catalogue, Map<string, Validated>>()
const typedMax = 128

async function validateCedar(source: string): Promise<Validated> {
  const known = typed.get(catalogue()) ?? new Map<string, Validated>()
  typed.set(catalogue(), known)
  const key = createHash('sha256').update(source).digest('base64url')
  const before = known.get(key)
  if (before) return before
  const checked = await withCedar((cedar) => check(cedar, source, modelFor(catalogue())))
  const validated = { problems: checked.problems, readsUsage: readsUsage(checked) }
  const [oldest] = known.keys()
  if (known.size >= typedMax && oldest !== undefined) known.delete(oldest)
  known.set(key, validated)
  return validated
}

/** Whether a source can be judged by, and whether it asks how often something was called. */
export async function validate({ engine, source }: Pick<Version, 'engine' | 'source'>): Promise<Validated> {
  if (engine === 'cedar') return validateCedar(source)
  // What OPA asks for is known to OPA alone.
  if (opaPath.test(source)) return { problems: [], readsUsage: true }
  const fix = 'letters, digits, _ and - between slashes, such as behalf/decision'
  return {
    problems: [{ severity: 'error', line: 1, column: 1, message: 'is not the path of a decision', fix }],
    readsUsage: true,
  }
}

/** Everything that a policy may speak of, as a Cedar schema: for editors and for `cedar validate`. */
export const policySchema = (): Promise<string> => schemaText(catalogue())
