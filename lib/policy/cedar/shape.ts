import type { CedarValueJson, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import canonicalize from 'canonicalize'
import { z } from 'zod'

/**
 * What a value of a tool's params is to Cedar. `text` is what Cedar has no type for (unions, maps with free keys,
 * recursive shapes): its canonical JSON, or the text itself where the value is one.
 */
export type Shape =
  | { kind: 'string' | 'long' | 'boolean' | 'decimal' | 'datetime' | 'ipaddr' | 'text' }
  | { kind: 'set'; element: Shape }
  | { kind: 'record'; fields: Readonly<Record<string, { shape: Shape; required: boolean }>> }

export type Json = CedarValueJson
export type CedarType = NonNullable<NonNullable<SchemaJson<string>[string]['commonTypes']>[string]>

type JsonSchema = z.core.JSONSchema.BaseSchema

const formats: Readonly<Record<string, Shape>> = {
  'date-time': { kind: 'datetime' },
  date: { kind: 'datetime' },
  ipv4: { kind: 'ipaddr' },
  ipv6: { kind: 'ipaddr' },
}
const text: Shape = { kind: 'text' }

/** The shape of a tool's parsed params. */
export function shapeOfParams(input: z.ZodType): Shape {
  const schema = z.toJSONSchema(input, { io: 'output', unrepresentable: 'any', reused: 'inline' })
  const { shape } = read(schema)
  return shape.kind === 'record' ? shape : { kind: 'record', fields: {} }
}

/** @returns the shape, and whether the value may be null: null is an absent field to Cedar */
function read(schema: JsonSchema | boolean): { shape: Shape; nullable: boolean } {
  if (typeof schema === 'boolean') return { shape: text, nullable: true }
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return readUnion(alternatives)
  if (Array.isArray(schema.type)) return readUnion(schema.type.map((type) => ({ ...schema, type })))
  // The meeting of several schemas is known whole only where one of them says all.
  if (schema.$ref !== undefined || schema.allOf) return { shape: text, nullable: true }
  if (schema.enum) return readLiterals(schema.enum)
  if (schema.const !== undefined) return readLiterals([schema.const])
  switch (schema.type) {
    case 'string':
      return { shape: formats[schema.format ?? ''] ?? { kind: 'string' }, nullable: false }
    case 'integer':
      return { shape: { kind: 'long' }, nullable: false }
    case 'number':
      return { shape: { kind: 'decimal' }, nullable: false }
    case 'boolean':
      return { shape: { kind: 'boolean' }, nullable: false }
    case 'null':
      return { shape: text, nullable: true }
    case 'array':
      return { shape: readArray(schema), nullable: false }
    case 'object':
      return { shape: readObject(schema), nullable: false }
    default:
      return { shape: text, nullable: true }
  }
}

const typesOfLiterals: Readonly<Record<string, Shape>> = {
  string: { kind: 'string' },
  boolean: { kind: 'boolean' },
}

function readLiterals(values: readonly unknown[]): { shape: Shape; nullable: boolean } {
  const nullable = values.includes(null)
  const types = new Set(values.filter((value) => value !== null).map((value) => typeof value))
  const [type] = types
  if (types.size !== 1 || type === undefined) return { shape: text, nullable: true }
  if (type === 'number') {
    const whole = values.every((value) => value === null || Number.isSafeInteger(value))
    return { shape: { kind: whole ? 'long' : 'decimal' }, nullable }
  }
  return { shape: typesOfLiterals[type] ?? text, nullable }
}

function readUnion(alternatives: readonly (JsonSchema | boolean)[]): { shape: Shape; nullable: boolean } {
  const isNull = (one: JsonSchema | boolean) => typeof one === 'object' && one.type === 'null'
  const kinds = alternatives.filter((one) => !isNull(one)).map(read)
  const nullable = alternatives.some(isNull) || kinds.some((one) => one.nullable)
  const [first, ...rest] = kinds
  const same = first && rest.every(({ shape }) => canonicalize(shape) === canonicalize(first.shape))
  return { shape: same ? first.shape : text, nullable }
}

function readArray(schema: JsonSchema): Shape {
  if (schema.prefixItems || schema.items === undefined || Array.isArray(schema.items)) return text
  return { kind: 'set', element: read(schema.items as JsonSchema | boolean).shape }
}

function readObject(schema: JsonSchema): Shape {
  if (typeof schema.additionalProperties === 'object' || schema.properties === undefined) return text
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties).map(([name, property]) => {
    const { shape, nullable } = read(property)
    return [name, { shape, required: required.has(name) && !nullable }] as const
  })
  return { kind: 'record', fields: Object.fromEntries(fields) }
}

const plainTypes = { string: 'String', text: 'String', long: 'Long', boolean: 'Boolean' } as const

/** A shape as a type of a Cedar schema. */
export function cedarType(shape: Shape): CedarType {
  switch (shape.kind) {
    case 'decimal':
    case 'datetime':
    case 'ipaddr':
      return { type: 'Extension', name: shape.kind }
    case 'set':
      return { type: 'Set', element: cedarType(shape.element) }
    case 'record': {
      const fields = Object.entries(shape.fields).map(
        ([name, field]) => [name, { ...cedarType(field.shape), required: field.required }] as const,
      )
      return { type: 'Record', attributes: Object.fromEntries(fields) }
    }
    default:
      return { type: plainTypes[shape.kind] }
  }
}

/**
 * A value as Cedar takes it.
 * @throws TypeError for one that has not that shape: such a call cannot be judged
 */
export function cedarValue(shape: Shape, value: unknown): Json {
  switch (shape.kind) {
    case 'string':
      return must(typeof value === 'string' && value, 'a text')
    case 'boolean':
      if (typeof value !== 'boolean') throw new TypeError('is not true or false')
      return value
    case 'long':
      return longOf(value)
    case 'decimal':
      return { __extn: { fn: 'decimal', arg: decimalOf(value) } }
    case 'datetime':
      return { __extn: { fn: 'datetime', arg: instantOf(value) } }
    case 'ipaddr':
      return { __extn: { fn: 'ip', arg: must(typeof value === 'string' && value, 'an address') } }
    case 'text':
      return typeof value === 'string' ? value : (canonicalize(value) ?? '')
    case 'set':
      if (!Array.isArray(value)) throw new TypeError('is not a list')
      return value.filter((one) => one !== null).map((one) => cedarValue(shape.element, one))
    case 'record':
      return recordOf(shape.fields, value)
  }
}

function recordOf(
  fields: Extract<Shape, { kind: 'record' }>['fields'],
  value: unknown,
): Record<string, Json> {
  if (typeof value !== 'object' || value === null) throw new TypeError('is not an object')
  const given = new Map(Object.entries(value))
  const made: Record<string, Json> = {}
  for (const [name, { shape, required }] of Object.entries(fields)) {
    const inner = given.get(name) ?? null
    if (inner !== null) made[name] = cedarValue(shape, inner)
    else if (required) throw new TypeError(`has no ${name}`)
  }
  return made
}

const must = (value: string | false, what: string): string => {
  if (value === false) throw new TypeError(`is not ${what}`)
  return value
}

function longOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError('is not a whole number')
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value))
}

const decimalMax = 922_337_203_685_000

/**
 * Cedar's decimals have four places. What has more is rounded away from zero, so that nothing slips under a ceiling
 * by a fraction; what is out of range becomes the bound.
 */
export function decimalOf(value: unknown): string {
  if (typeof value !== 'number' || Number.isNaN(value)) throw new TypeError('is not a number')
  const size = Math.min(Math.abs(value), decimalMax)
  const near = size.toFixed(4)
  // Doubles near a value of four places print as that value; only what truly exceeds it is raised.
  const raised = size > Number(near) ? (Number(near) + 0.0001).toFixed(4) : near
  return value < 0 && Number(raised) !== 0 ? `-${raised}` : raised
}

function instantOf(value: unknown): string {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms)) throw new TypeError('is not a time')
  return new Date(ms).toISOString()
}
