// The wire of the TypeScript client (sdk/wire.ts), written from the OpenAPI document. sdk/wire.test.ts holds the file
// against it and writes it anew with
// `vitest run --project unit sdk/wire.test.ts -u`.

type Schema = {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  not?: Schema
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  propertyNames?: Schema
  description?: string
}
type Content = { content?: { 'application/json'?: { schema: Schema } } }
type Parameter = { name: string; in: string; required: boolean; schema: Schema }
type Operation = {
  operationId: string
  summary: string
  parameters: Parameter[]
  requestBody?: Content
  responses: Record<string, Content>
  'x-audit': string
  'x-told-once'?: readonly string[]
}
export type OpenApi = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: { Problem: Schema } }
}

/** What callers give may hold `undefined`; what they get does not. */
type Way = 'in' | 'out'

const words: Record<string, string> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
}

const union = (types: string[]) => [...new Set(types)].join(' | ')
/** As our sources quote. */
const literal = (value: unknown): string =>
  typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : JSON.stringify(value)
const grouped = (type: string) => (/ [|&] /.test(type) ? `(${type})` : type)
const key = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : literal(name))
const comment = (text: string | undefined, at: string) =>
  text ? `${at}/** ${text.replaceAll('*/', '* /').replaceAll('\n', ' ')} */\n` : ''

function typeOf(schema: Schema, way: Way, at: string): string {
  if (schema.not) return 'never'
  if ('const' in schema) return literal(schema.const)
  if (schema.enum) return union(schema.enum.map(literal))
  const either = schema.anyOf ?? schema.oneOf
  if (either) return union(either.map((one) => typeOf(one, way, at)))
  if (schema.allOf) return schema.allOf.map((one) => grouped(typeOf(one, way, at))).join(' & ')
  if (Array.isArray(schema.type))
    return union(schema.type.map((type) => typeOf({ ...schema, type }, way, at)))
  if (schema.type === 'array') return `${grouped(typeOf(schema.items ?? {}, way, at))}[]`
  if (schema.type === 'object') return objectOf(schema, way, at)
  return words[schema.type ?? ''] ?? 'unknown'
}

function objectOf(schema: Schema, way: Way, at: string): string {
  const { properties = {}, required = [], additionalProperties: more, propertyNames } = schema
  const parts: string[] = []
  if (Object.keys(properties).length > 0) parts.push(fieldsOf(properties, required, way, at))
  if (typeof more === 'object') {
    const value = typeOf(more, way, at)
    const names = propertyNames?.enum
    const named = names && union(names.map(literal))
    parts.push(named ? `{ [Name in ${named}]?: ${value} }` : `Record<string, ${value}>`)
  }
  return parts.join(' & ') || (more === false ? 'Record<string, never>' : 'Record<string, unknown>')
}

function fieldsOf(
  properties: Record<string, Schema>,
  required: readonly string[],
  way: Way,
  at: string,
): string {
  const inner = `${at}  `
  const fields = Object.entries(properties).map(([name, schema]) => {
    const sure = required.includes(name)
    const type = typeOf(schema, way, inner)
    const open = !sure && way === 'in' && type !== 'unknown' ? ' | undefined' : ''
    return `${comment(schema.description, inner)}${inner}${key(name)}${sure ? '' : '?'}: ${type}${open}\n`
  })
  return `{\n${fields.join('')}${at}}`
}

const at = '    '

function given(parameters: readonly Parameter[], place: string): string {
  const here = parameters.filter((parameter) => parameter.in === place)
  if (here.length === 0) return 'undefined'
  const required = here.filter((parameter) => parameter.required).map(({ name }) => name)
  return fieldsOf(Object.fromEntries(here.map(({ name, schema }) => [name, schema])), required, 'in', at)
}

const bodyOf = (operation: Operation): string => {
  const schema = operation.requestBody?.content?.['application/json']?.schema
  return schema ? typeOf(schema, 'in', at) : 'undefined'
}

const answerOf = (operation: Operation): string =>
  union(
    Object.entries(operation.responses)
      .filter(([status]) => status.startsWith('2'))
      .map(([, { content }]) => {
        const schema = content?.['application/json']?.schema
        return schema ? typeOf(schema, 'out', at) : 'undefined'
      }),
  )

/**
 * Whether the client may send an operation again by itself: `safe` changes nothing, `keyed` is done once under its
 * key, `never` is neither, or tells something once that a repetition would not have.
 */
function again(method: string, operation: Operation): 'safe' | 'keyed' | 'never' {
  if (method === 'GET') return 'safe'
  if (operation['x-told-once']) return 'never'
  if (operation.parameters.some(({ name }) => name === 'Idempotency-Key')) return 'keyed'
  return method === 'POST' && operation['x-audit'].startsWith('none:') ? 'safe' : 'never'
}

/** The text of sdk/wire.ts. */
export function wireOf(document: OpenApi): string {
  const operations = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    )
    .sort((one, other) => (one.operation.operationId < other.operation.operationId ? -1 : 1))
  const { code, ...facts } = document.components.schemas.Problem.properties ?? {}
  const required = document.components.schemas.Problem.required ?? []
  return [
    '// Made from the OpenAPI document by scripts/sdk-wire.ts; wire.test.ts says how to make it anew.\n',
    '/** The codes of RFC 9457 problems; `{origin}/docs/errors` explains each. */',
    `export type ErrorCode =\n${(code?.enum ?? []).map((one) => `  | ${literal(one)}`).join('\n')}\n`,
    '/** What a problem carries beside its code, where it applies. */',
    `export type ProblemFacts = ${fieldsOf(facts, required, 'out', '')}\n`,
    '/** What each operation takes and answers. */',
    'export type Wire = {',
    ...operations.map(
      ({ operation }) =>
        `${comment(operation.summary, '  ')}  ${operation.operationId}: {\n` +
        `    path: ${given(operation.parameters, 'path')}\n` +
        `    query: ${given(operation.parameters, 'query')}\n` +
        `    body: ${bodyOf(operation)}\n` +
        `    answer: ${answerOf(operation)}\n  }`,
    ),
    '}\n',
    '/** Method, path, and whether it may be sent again by itself. */',
    'export const operations = {',
    ...operations.map(
      ({ method, path, operation }) =>
        `  ${operation.operationId}: ['${method}', '${path}', '${again(method, operation)}'],`,
    ),
    '} as const\n',
  ].join('\n')
}
