import { expect, test } from 'vitest'
import { z } from 'zod'
import { contracts } from '../api/v1/openapi.json/contracts.ts'
import { fieldsOf } from './fields.ts'

test('lists nested fields by their path, with what a caller may leave out', () => {
  const schema = z.strictObject({
    user_id: z.string().max(128).describe('Whose it is'),
    user: z.strictObject({ email: z.email().optional() }).optional(),
    rows: z.array(z.object({ at: z.iso.datetime() })).nullable(),
    roles: z.array(z.enum(['a', 'b'])),
    limit: z.number().int().min(1).max(100).default(20),
    scopes: z.record(z.string(), z.array(z.string())).optional(),
  })
  const named = Object.fromEntries(fieldsOf(schema, 'input').map((field) => [field.name, field]))
  expect(named).toMatchObject({
    user_id: { type: 'string', required: true, description: 'Whose it is; at most 128 characters' },
    user: { type: 'object', required: false },
    'user.email': { type: 'string', required: false },
    rows: { type: 'object[] | null', required: true },
    'rows[].at': { type: 'timestamp', required: true },
    roles: { type: '("a" | "b")[]', required: true },
    limit: { type: 'integer', required: false, description: '1 to 100; default `20`' },
    scopes: { type: 'map of string[]', required: false },
  })
})

test('lists the fields of every kind of an object, and which of them every kind asks for', () => {
  const schema = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a'), name: z.string(), only: z.string() }),
    z.strictObject({ kind: z.literal('b'), name: z.string(), keys: z.object({ id: z.string() }) }),
  ])
  const named = Object.fromEntries(fieldsOf(schema, 'input').map((field) => [field.name, field]))
  expect(named).toMatchObject({
    kind: { type: '"a" | "b"', required: true },
    name: { type: 'string', required: true },
    only: { type: 'string', required: false },
    keys: { type: 'object', required: false },
    'keys.id': { type: 'string', required: true },
  })
})

test('has the fields of every body and of every answer that is an object', () => {
  expect(contracts.length).toBeGreaterThan(30)
  for (const { operationId, body, output, status } of contracts) {
    if (body) expect(fieldsOf(body, 'input'), operationId).not.toEqual([])
    const text = output instanceof z.ZodString
    if (status !== 204 && !text) expect(fieldsOf(output, 'output'), operationId).not.toEqual([])
  }
})
