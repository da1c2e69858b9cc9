import { afterEach, expect, it } from 'vitest'
import { classify } from '#lib/connector-kit'
import { type Answer, answered, cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { airtable } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(name: string, input: unknown, answers: Record<string, Answer>) {
  wire = await startWire(answers)
  const output = await runTool(airtable, wire.url, name, input)
  return { output, received: wire.received }
}

const base = 'appLkNDICXNqxSDhG'
const recordWire = {
  id: 'rec560UJdUtocSouk',
  createdTime: '2026-01-02T03:04:05.000Z',
  fields: { Name: 'Ana', Age: 7 },
}
const record = { id: recordWire.id, created_at: recordWire.createdTime, fields: recordWire.fields }

it('lists bases and the tables of one', async () => {
  const bases = [{ id: base, name: 'CRM', permissionLevel: 'create' }]
  const listed = await run(
    'airtable.list_bases',
    {},
    { 'GET /v0/meta/bases': { body: { bases, offset: 'o1' } } },
  )
  expect(listed.output).toEqual({
    bases: [{ id: base, name: 'CRM', permission_level: 'create' }],
    next_cursor: cursorOf('airtable.list_bases', 'o1'),
  })
  await wire.close()
  const tables = [
    { id: 'tbl1', name: 'People', fields: [{ id: 'fld1', name: 'Name', type: 'singleLineText' }], views: [] },
  ]
  const inside = await run(
    'airtable.list_tables',
    { base_id: base },
    {
      [`GET /v0/meta/bases/${base}/tables`]: { body: { tables } },
    },
  )
  const [{ views: _, ...people } = { views: [] }] = tables
  expect(inside.output).toEqual({ tables: [people] })
})

it('lists records by a formula, a page at a time, of a table whose name is any text', async () => {
  const { output, received } = await run(
    'airtable.list_records',
    { base_id: base, table: 'My/People', formula: "{Name} = 'Ana'", limit: 1 },
    { [`GET /v0/${base}/My%2FPeople`]: { body: { records: [recordWire] } } },
  )
  expect(received[0]?.query).toEqual({ pageSize: '1', filterByFormula: "{Name} = 'Ana'" })
  expect(output).toEqual({ records: [record], next_cursor: null })
})

it('creates and changes a record', async () => {
  const fields = { Name: 'Ana', Age: 7 }
  const made = await run(
    'airtable.create_record',
    { base_id: base, table: 'People', fields },
    {
      [`POST /v0/${base}/People`]: { body: recordWire },
    },
  )
  expect(made.received[0]?.body).toEqual({ fields })
  expect(made.output).toEqual(record)
  await wire.close()
  const changed = await run(
    'airtable.update_record',
    { base_id: base, table: 'People', record_id: recordWire.id, fields: { Age: 8 } },
    { [`PATCH /v0/${base}/People/${recordWire.id}`]: { body: recordWire } },
  )
  expect(changed.received[0]?.body).toEqual({ fields: { Age: 8 } })
})

it('knows whose a token is, also where it may not say the address, and when it is over', () => {
  const { parse } = airtable.auth.identity
  expect(parse({ id: 'usr1', email: 'ana@example.com' })).toEqual({ id: 'usr1', label: 'ana@example.com' })
  expect(parse({ id: 'usr1' })).toEqual({ id: 'usr1', label: 'usr1' })
  expect(classify(airtable.apiErrors, answered(401, { error: { type: 'AUTHENTICATION_REQUIRED' } }))).toBe(
    'expired',
  )
})
