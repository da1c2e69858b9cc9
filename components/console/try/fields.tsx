/** The part of a tool's JSON Schema that a form is made of. */
type Schema = {
  type?: string
  format?: string
  enum?: readonly unknown[]
  default?: unknown
  description?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  properties?: Record<string, Schema>
  required?: readonly string[]
  items?: Schema
}

export type ToolField = {
  name: string
  /** `list` is one text per line; `json` is whatever has no control of its own. */
  kind: 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'list' | 'json'
  required: boolean
  hint: string
  choices: readonly string[]
}

const longFrom = 300

function kindOf({ type, enum: values, items, maxLength }: Schema): ToolField['kind'] {
  if (values?.every((value) => typeof value === 'string')) return 'choice'
  if (type === 'boolean') return 'boolean'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'array' && items?.type === 'string') return 'list'
  if (type === 'string') return (maxLength ?? 0) > longFrom ? 'long' : 'text'
  return 'json'
}

function hintOf(schema: Schema, kind: ToolField['kind']): string {
  const { description, minimum, maximum, default: initial } = schema
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  return [
    description,
    bounded && `${minimum ?? 'up'} to ${maximum}`,
    initial !== undefined && `${JSON.stringify(initial)} unless given`,
    kind === 'list' && 'one per line',
    kind === 'json' && 'as JSON',
  ]
    .filter(Boolean)
    .join('; ')
}

/** What a tool takes, as the fields of a form; those that must be filled in first. */
export function fieldsOf(schema: object): ToolField[] {
  const { properties = {}, required = [] } = schema as Schema
  return Object.entries(properties)
    .map(([name, field]) => {
      const kind = kindOf(field)
      return {
        name,
        kind,
        required: required.includes(name),
        hint: hintOf(field, kind),
        choices: kind === 'choice' ? (field.enum ?? []).map(String) : [],
      }
    })
    .sort((a, b) => Number(b.required) - Number(a.required))
}

/** How a field's control is named in the form, so that no tool's field can be taken for one of ours. */
export const controlOf = (name: string): string => `param.${name}`

/**
 * What was filled in, as the tool takes it: what is empty is left out, and what does not fit is for the tool's own
 * validator to say. @returns `faults` by field where a text is no JSON
 */
export function paramsOf(
  fields: readonly ToolField[],
  given: Readonly<Record<string, string>>,
): { params: Record<string, unknown>; faults: Record<string, string> } {
  const params: Record<string, unknown> = {}
  const faults: Record<string, string> = {}
  for (const { name, kind } of fields) {
    const text = given[name] ?? ''
    if (text.trim() === '') continue
    if (kind === 'number') params[name] = Number.isFinite(Number(text)) ? Number(text) : text
    else if (kind === 'boolean') params[name] = text === 'true'
    else if (kind === 'list') params[name] = linesOf(text)
    else if (kind === 'json') {
      try {
        params[name] = JSON.parse(text)
      } catch {
        faults[name] = 'is not JSON'
      }
    } else params[name] = text
  }
  return { params, faults }
}

const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
