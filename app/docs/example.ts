import { z } from 'zod'
import type { Contract } from '#lib/http'
import { prefixes } from '#lib/ids'
import { type Schema, variants } from './json-schema.ts'
import { sampleBodies } from './sample-bodies.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const hex = '0192f0c4a7d37e6b8f15c09a64d2e831'

/** What a reader takes for what it is, by the name of the field. */
const byName: Readonly<Record<string, Json>> = {
  org_id: 'acme',
  user_id: 'u_1',
  name: 'Example',
  connector: 'sandbox',
  tool_name: 'sandbox.list_tasks',
  tools: ['sandbox.list_tasks'],
  scopes: ['tasks:read'],
  email: 'ana@acme.example',
  reason: 'No longer needed',
  hostname: 'connect.acme.example',
  url: 'https://acme.example/audit',
  issuer: 'https://acme.example',
  handle: 'c2lnbi1pbi1oYW5kbGU',
  source: 'permit(principal, action, resource);',
}

/** The singular of what the path lists: `connected_accounts` is of a `connected_account`, `policies` of a `policy`. */
const singular = (plural: string) => plural.replace(/ies$/, 'y').replace(/s$/, '')

/** An id as it looks, by the name of its kind; an org's and a user's are the product's own. */
function idOf(kind: string): string | undefined {
  if (kind === 'org') return 'acme'
  if (kind === 'user') return 'u_1'
  if (kind === 'connector') return 'sandbox'
  const prefix = Object.entries({
    ...prefixes,
    credential: 'agc',
    toolset: 'ts',
    domain: 'dom',
    hold: 'lh',
    key: 'sso',
  })
  const found = prefix.find(([name]) => name === kind)?.[1]
  return found && `${found}_${hex}`
}

/** An example of a value, from what its schema says of it; of an object's fields those that must be there. */
export function exampleOf(schema: Schema, name = ''): Json {
  if (schema.examples?.[0] !== undefined) return schema.examples[0] as Json
  if (schema.const !== undefined) return schema.const as Json
  if (schema.enum) return schema.enum[0] as Json
  const [first = schema] = variants(schema)
  if (first !== schema) return exampleOf(first, name)
  if (schema.properties) {
    const { properties, required = [] } = schema
    return Object.fromEntries(required.map((field) => [field, exampleOf(properties[field] ?? {}, field)]))
  }
  const known = byName[name] ?? (name.endsWith('_id') ? idOf(name.slice(0, -3)) : undefined)
  if (known !== undefined) return known
  if (schema.items) return [exampleOf(schema.items, singular(name))]
  if (schema.default !== undefined) return schema.default as Json
  if (schema.format === 'date-time') return '2026-01-31T09:00:00Z'
  if (schema.format === 'uri') return 'https://acme.example'
  if (schema.type === 'boolean') return true
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(schema.minimum ?? 1, 1)
  if (schema.type === 'object') return {}
  return 'example'
}

const jsonOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' }) as Schema

/** The body that an example sends; a change changes the first thing that it can. */
export function exampleBody({ operationId, body, method }: Contract): Json | undefined {
  if (!body) return undefined
  if (sampleBodies[operationId]) return sampleBodies[operationId] as Json
  const schema = jsonOf(body)
  const example = exampleOf(schema)
  const [first] = Object.entries(schema.properties ?? {})
  if (method !== 'PATCH' || !first || Object.keys(example as object).length > 0) return example
  return { [first[0]]: exampleOf(first[1], first[0]) }
}

/** The path with ids in it that look as those of its kind do. */
export const examplePath = ({ path, params }: Contract): string =>
  path.replaceAll(/([^/]+)\/\{(\w+)\}/g, (_, plural: string, name: string) => {
    const kind = name === 'id' ? singular(plural) : name.replace(/_id$/, '')
    const schema = params && jsonOf(params).properties?.[name]
    return `${plural}/${idOf(kind) ?? String(exampleOf(schema ?? {}, name))}`
  })

/** What an operation must be asked with in its query. */
export const exampleQuery = ({ query }: Contract): Record<string, string> =>
  query
    ? Object.fromEntries(
        Object.entries(exampleOf(jsonOf(query)) as object).map(([name, value]) => [name, String(value)]),
      )
    : {}
