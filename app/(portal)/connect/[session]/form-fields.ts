import { AppError } from '#lib/errors'

const refuse = (param: string) =>
  new AppError('invalid_request', { detail: 'The form was changed on its way here.', param })

/**
 * The fields of a form of ours: a field that it does not have, or one that comes twice where it has it once, was put
 * there by somebody else (THREATS.md C3).
 * @param once names of fields that come once at most, or patterns of such names
 * @param many names of fields that may come more than once
 * @throws AppError `invalid_request`
 */
export function fieldsOf(body: string, once: readonly (string | RegExp)[], many: readonly string[]) {
  const form = new URLSearchParams(body)
  const names = [...new Set(form.keys())]
  for (const name of names) {
    if (many.includes(name)) continue
    const known = once.some((one) => (typeof one === 'string' ? one === name : one.test(name)))
    if (!known || form.getAll(name).length > 1) throw refuse(name)
  }
  return {
    one: (name: string): string | undefined => form.get(name) ?? undefined,
    all: (name: string): string[] => form.getAll(name),
    /** The fields whose names fit, by the first group of the pattern. @throws AppError `invalid_request` for another value */
    named: (pattern: RegExp, values: readonly string[]): [name: string, value: string][] =>
      names.flatMap((name) => {
        const short = pattern.exec(name)?.[1]
        const value = form.get(name) ?? ''
        if (short === undefined) return []
        if (!values.includes(value)) throw refuse(name)
        return [[short, value] as [string, string]]
      }),
  }
}
