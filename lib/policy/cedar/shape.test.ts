import { expect, test } from 'vitest'
import { z } from 'zod'
import { cedarType, cedarValue, decimalOf, shapeOfParams } from './shape.ts'

const typeOfParams = (fields: z.ZodRawShape) => cedarType(shapeOfParams(z.strictObject(fields)))
const attribute = (field: z.ZodType) =>
  (typeOfParams({ field }) as { attributes: Record<string, unknown> }).attributes.field

test.each([
  ['a text', z.string(), { type: 'String', required: true }],
  ['one of some texts', z.enum(['a', 'b']), { type: 'String', required: true }],
  ['a whole number', z.number().int(), { type: 'Long', required: true }],
  ['a number', z.number(), { type: 'Extension', name: 'decimal', required: true }],
  ['a time', z.iso.datetime(), { type: 'Extension', name: 'datetime', required: true }],
  ['a field that may be absent', z.boolean().optional(), { type: 'Boolean', required: false }],
  ['a field that may be null', z.string().nullable(), { type: 'String', required: false }],
  ['a field with a default', z.number().int().default(3), { type: 'Long', required: true }],
  ['a list', z.array(z.string()), { type: 'Set', element: { type: 'String' }, required: true }],
  ['what Cedar has no type for', z.union([z.string(), z.number()]), { type: 'String', required: true }],
  ['free keys', z.record(z.string(), z.unknown()), { type: 'String', required: true }],
])('%s has its type', (_, field, type) => {
  expect(attribute(field)).toEqual(type)
})

test('params become values of that type, what is absent or null stays out', () => {
  const input = z.strictObject({
    title: z.string(),
    amount: z.number(),
    at: z.iso.datetime({ offset: true }),
    labels: z.array(z.string()).optional(),
    note: z.string().nullable(),
    free: z.record(z.string(), z.unknown()),
    either: z.union([z.string(), z.number()]),
  })
  const params = {
    title: 'Pay',
    amount: 12.5,
    at: '2026-11-20T09:00:00+01:00',
    note: null,
    free: { b: 1, a: 2 },
    either: 7,
  }
  expect(cedarValue(shapeOfParams(input), params)).toEqual({
    title: 'Pay',
    amount: { __extn: { fn: 'decimal', arg: '12.5000' } },
    at: { __extn: { fn: 'datetime', arg: '2026-11-20T08:00:00.000Z' } },
    free: '{"a":2,"b":1}',
    either: '7',
  })
})

test.each([
  [100.00001, '100.0001'],
  [-100.00001, '-100.0001'],
  [0.1 + 0.2, '0.3001'],
  [19.99, '19.9900'],
  [1e300, '922337203685000.0000'],
  [Number.NEGATIVE_INFINITY, '-922337203685000.0000'],
  [-0, '0.0000'],
])('%d is judged as %s: never smaller than it is', (value, decimal) => {
  expect(decimalOf(value)).toBe(decimal)
})

test.each([[{ title: 3 }], [{}], [null], [{ title: null }]])(
  'params %j that have not the shape of the tool are not judged at all',
  (params) => {
    expect(() => cedarValue(shapeOfParams(z.strictObject({ title: z.string() })), params)).toThrow(TypeError)
  },
)
