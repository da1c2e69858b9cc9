import { z } from 'zod'
import { type Schema, variants } from './json-schema.ts'

/** One field of a schema as the reference lists it. */
export type Field = { name: string; type: string; required: boolean; description: string | null }

const depthMax = 4

/** The fields of a contract's part, nested ones by their path: `user.email`, `data[].id`. */
export function fieldsOf(schema: z.ZodType | undefined, io: 'input' | 'output'): Field[] {
  if (!schema) return []
  const json = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' })
  return walk(json as Schema, '', 0)
}

function walk(schema: Schema, path: string, depth: number): Field[] {
  const { properties, required = [] } = objectIn(schema)
  if (!properties || depth > depthMax) return []
  return Object.entries(properties).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`
    const inner = variants(field).find(({ items }) => items)?.items
    return [
      { name: at, type: typeOf(field), required: required.includes(name), description: describe(field) },
      ...walk(field, at, depth + 1),
      ...(inner ? walk(inner, `${at}[]`, depth + 1) : []),
    ]
  })
}

/** A value that may also be null, or of several shapes, is described by the first shape that has fields. */
const objectIn = (schema: Schema): Schema =>
  schema.oneOf ? allKinds(schema.oneOf) : (variants(schema).find(({ properties }) => properties) ?? {})

/** The fields of every kind together; one that some kinds lack may be left out. */
function allKinds(kinds: readonly Schema[]): Schema {
  const names = [...new Set(kinds.flatMap(({ properties = {} }) => Object.keys(properties)))]
  const merged = names.map((name): [string, Schema] => {
    const found = kinds.flatMap(({ properties }) => properties?.[name] ?? [])
    const [first = {}] = found
    const alike = found.every((one) => JSON.stringify(one) === JSON.stringify(first))
    return [
      name,
      alike ? first : { ...(first.description && { description: first.description }), anyOf: found },
    ]
  })
  const required = names.filter((name) => kinds.every((kind) => kind.required?.includes(name)))
  return { properties: Object.fromEntries(merged), required }
}

function typeOf(schema: Schema): string {
  if (schema.anyOf || schema.oneOf) return [...new Set(variants(schema).map(typeOf))].join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.items) {
    const item = typeOf(schema.items)
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`
  }
  if (schema.type === 'object' && !schema.properties && typeof schema.additionalProperties === 'object') {
    return `map of ${typeOf(schema.additionalProperties)}`
  }
  if (schema.format === 'date-time') return 'timestamp'
  return schema.type ?? 'any'
}

function describe(schema: Schema): string | null {
  const { minimum, maximum, minLength = 0, maxLength, minItems = 0, maxItems } = schema
  // Bounds that only say "a number that JSON can carry" say nothing.
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  const parts = [
    schema.description,
    bounded && `${minimum ?? 'at most'}${minimum === undefined ? ' ' : ' to '}${maximum}`,
    minLength > 1 && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    minItems > 0 && `at least ${minItems} ${minItems === 1 ? 'item' : 'items'}`,
    maxItems !== undefined && `at most ${maxItems} items`,
    schema.default !== undefined && `default \`${JSON.stringify(schema.default)}\``,
  ]
  return parts.filter(Boolean).join('; ') || null
}
