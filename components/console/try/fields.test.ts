import { expect, test } from 'vitest'
import { z } from 'zod'
import { fieldsOf, paramsOf } from './fields.tsx'

const input = z.strictObject({
  notes: z.string().max(5000).optional(),
  title: z.string().min(1).max(200).describe('What is to be done'),
  limit: z.number().int().min(1).max(100).default(20),
  status: z.enum(['open', 'done']).optional(),
  labels: z.array(z.string()).optional(),
  urgent: z.boolean().optional(),
  file: z.strictObject({ name: z.string() }).optional(),
})
const fields = fieldsOf(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }))

test('each kind of value has its control, what must be there comes first', () => {
  expect(fields.map(({ name, kind }) => `${name}:${kind}`)).toEqual([
    'title:text',
    'notes:long',
    'limit:number',
    'status:choice',
    'labels:list',
    'urgent:boolean',
    'file:json',
  ])
  expect(fields[0]).toMatchObject({ required: true, hint: 'What is to be done' })
  expect(fields[2]).toMatchObject({ required: false, hint: '1 to 100; 20 unless given' })
})

test('what was filled in is what the tool’s own validator takes; what is empty is left out', () => {
  const given = {
    title: 'Tidy up',
    notes: '',
    limit: '3',
    status: 'open',
    labels: ' a \r\n\n b',
    urgent: 'false',
    file: '{"name":"x"}',
  }
  const { params, faults } = paramsOf(fields, given)
  expect(faults).toEqual({})
  expect(input.parse(params)).toEqual({
    title: 'Tidy up',
    limit: 3,
    status: 'open',
    labels: ['a', 'b'],
    urgent: false,
    file: { name: 'x' },
  })
})

test('what does not fit reaches the validator as it was typed, and a text that is no JSON is told by its field', () => {
  const { params, faults } = paramsOf(fields, { title: 'x', limit: 'many', file: '{' })
  expect(input.safeParse(params).success).toBe(false)
  expect(faults).toEqual({ file: 'is not JSON' })
})

test('fields that the tool does not have are not sent along', () => {
  expect(paramsOf(fields, { title: 'x', __proto__: 'y', org_id: 'other' } as never).params).toEqual({
    title: 'x',
  })
})
