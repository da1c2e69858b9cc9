import { opaPath } from '#lib/config'
import { check, modelFor, readsUsage, schemaText, withCedar } from '../cedar/compile.ts'
import type { Version } from '../engine.ts'
import { catalogue } from '../engines.ts'
import type { Problem } from '../schema.ts'

/** Whether a source can be judged by, and whether it asks how often something was called. */
export async function validate({
  engine,
  source,
}: Pick<Version, 'engine' | 'source'>): Promise<{ problems: Problem[]; readsUsage: boolean }> {
  if (engine === 'cedar') {
    const checked = await withCedar((cedar) => check(cedar, source, modelFor(catalogue())))
    return { problems: checked.problems, readsUsage: readsUsage(checked) }
  }
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
