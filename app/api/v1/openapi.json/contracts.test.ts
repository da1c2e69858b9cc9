import { expect, test } from 'vitest'
import { z } from 'zod'
import { contracts } from './contracts.ts'

/** Every property of a schema, by its path from the top. */
function fieldsOf(schema: unknown, path = ''): { path: string; name: string }[] {
  if (typeof schema !== 'object' || schema === null) return []
  if (Array.isArray(schema)) return schema.flatMap((item) => fieldsOf(item, path))
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'properties') return fieldsOf(value, path)
    return Object.entries(value as Record<string, unknown>).flatMap(([name, inner]) => {
      const at = path === '' ? name : `${path}.${name}`
      // A yes or no holds no credential, whatever it is about.
      const told = (inner as { type?: unknown }).type === 'boolean' ? [] : [{ path: at, name }]
      return [...told, ...fieldsOf(inner, at)]
    })
  })
}

/** What an answer may say once, to whom it was made for; nothing else of that kind is ever in an answer. */
const shownOnce = [
  'createConnectSession: token',
  'createApiKey: secret',
  'createAgentCredential: secret',
  'rotateAgentCredential: secret',
]

test('no operation answers a credential, but for those that are shown once when they are made', () => {
  const found = contracts.flatMap(({ operationId, output }) =>
    fieldsOf(z.toJSONSchema(output, { io: 'output', unrepresentable: 'any' }))
      .filter(({ name }) =>
        /token|secret|password|(?:private|api|signing|data|master)_key$|^sealed|^wrapped|^key$|^tokens$/.test(
          name,
        ),
      )
      .map(({ path }) => `${operationId}: ${path}`),
  )
  expect(found.sort()).toEqual([...shownOnce].sort())
})

test('no operation is there to reveal or export a credential', () => {
  const paths = contracts.map(({ method, path }) => `${method} ${path}`)
  expect(paths.length).toBeGreaterThan(30)
  // What an agent proves itself with: public parts, and of a secret its last four characters.
  const agents = paths.filter((path) => path.includes('/api/v1/agents/{id}/credentials'))
  const rest = paths.filter((path) => !agents.includes(path))
  expect(rest.filter((path) => /reveal|credential|token|secret|decrypt|unseal/.test(path))).toEqual([])
  // The audit's, in which no credential is (e2e/canary.spec.ts), and an org's (lib/tenancy/export.db.test.ts).
  expect(paths.filter((path) => path.includes('export')).sort()).toEqual([
    'GET /api/v1/audit_events/export',
    'GET /api/v1/orgs/{id}/export',
  ])
})

test('a query or body with a field that the operation does not know is refused', () => {
  const lax = contracts.flatMap(({ operationId, query, body }) =>
    [query, body].flatMap((schema) => {
      if (!schema) return []
      const kinds = schema instanceof z.ZodDiscriminatedUnion ? (schema.options as z.ZodType[]) : [schema]
      const named = kinds.every((kind) =>
        kind
          .safeParse({ tenant_id: 'acme' })
          .error?.issues.some(
            (issue) => issue.code === 'unrecognized_keys' && issue.keys.includes('tenant_id'),
          ),
      )
      return named ? [] : [operationId]
    }),
  )
  expect(lax).toEqual([])
})
