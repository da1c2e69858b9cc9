import { z } from 'zod'
import { byCursor, cursorsOf, listPage, segment, tool } from '#lib/connector-kit'

const baseId = z
  .string()
  .regex(/^app[A-Za-z0-9]{1,40}$/)
  .describe('Id of the base, such as appXXXXXXXXXXXXXX')
const table = z.string().min(1).max(200).describe('Id or name of the table')
const recordId = z
  .string()
  .regex(/^rec[A-Za-z0-9]{1,40}$/)
  .describe('Id of the record')
/** Airtable calls it an offset; it is a cursor that only Airtable can read. */
const listed = (size?: string) => byCursor({ param: 'offset', next: 'offset', ...(size && { size }) })
const ofBases = cursorsOf('airtable.list_bases')
const ofRecords = cursorsOf('airtable.list_records')

const record = z.object({ id: z.string(), created_at: z.string(), fields: z.record(z.string(), z.unknown()) })
const recordWire = z.object({
  id: z.string(),
  createdTime: z.string(),
  fields: z.record(z.string(), z.unknown()),
})
const plain = ({ id, createdTime, fields }: z.output<typeof recordWire>) => ({
  id,
  created_at: createdTime,
  fields,
})
const fields = z
  .record(z.string().max(200), z.union([z.string().max(100_000), z.number(), z.boolean(), z.null()]))
  .describe('Values by the names of the fields')

const basePage = z.object({
  bases: z.array(z.object({ id: z.string(), name: z.string(), permissionLevel: z.string() })),
})

export const listBases = tool({
  name: 'airtable.list_bases',
  title: 'List bases',
  description: 'Lists the bases that the connected token reaches, a page at a time.',
  scopes: [['records:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ cursor: ofBases.field }),
  output: z.object({
    bases: z.array(z.object({ id: z.string(), name: z.string(), permission_level: z.string() })),
    next_cursor: z.string().nullable(),
  }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, '/v0/meta/bases', {
      form: listed(),
      cursors: ofBases,
      cursor: input.cursor,
      size: 0,
      read: (body) => basePage.parse(body).bases,
    })
    return {
      bases: found.map(({ id, name, permissionLevel }) => ({ id, name, permission_level: permissionLevel })),
      next_cursor,
    }
  },
})

export const listTables = tool({
  name: 'airtable.list_tables',
  title: 'List tables',
  description: 'Lists the tables of a base with the names and types of their fields.',
  scopes: [['records:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ base_id: baseId }),
  output: z.object({
    tables: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        fields: z.array(z.object({ id: z.string(), name: z.string(), type: z.string() })),
      }),
    ),
  }),
  run: async ({ input, http }) =>
    z
      .object({
        tables: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            fields: z.array(z.object({ id: z.string(), name: z.string(), type: z.string() })),
          }),
        ),
      })
      .parse(await http.get(`/v0/meta/bases/${segment(input.base_id)}/tables`)),
})

export const listRecords = tool({
  name: 'airtable.list_records',
  title: 'List records',
  description: 'Lists the records of a table, a page at a time, filtered by a formula where one is given.',
  scopes: [['records:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    base_id: baseId,
    table,
    formula: z.string().max(2000).optional().describe('An Airtable formula that records must fulfil'),
    limit: z.number().int().min(1).max(100).default(50).describe('Most records to return'),
    cursor: ofRecords.field,
  }),
  output: z.object({ records: z.array(record), next_cursor: z.string().nullable() }),
  run: async ({ input, http }) => {
    const path = `/v0/${segment(input.base_id)}/${segment(input.table)}`
    const { found, next_cursor } = await listPage(http, path, {
      form: listed('pageSize'),
      cursors: ofRecords,
      cursor: input.cursor,
      size: input.limit,
      options: { query: { filterByFormula: input.formula } },
      read: (body) => z.object({ records: z.array(recordWire) }).parse(body).records,
    })
    return { records: found.map(plain), next_cursor }
  },
})

export const createRecord = tool({
  name: 'airtable.create_record',
  title: 'Create a record',
  description: 'Creates one record in a table and answers it with its id.',
  scopes: [['records:write']],
  effect: 'write',
  idempotent: false,
  input: z.strictObject({ base_id: baseId, table, fields }),
  output: record,
  run: async ({ input, http }) => {
    const path = `/v0/${segment(input.base_id)}/${segment(input.table)}`
    return plain(recordWire.parse(await http.post(path, { json: { fields: input.fields } })))
  },
})

export const updateRecord = tool({
  name: 'airtable.update_record',
  title: 'Change a record',
  description: 'Changes the given fields of one record; the others stay as they are.',
  scopes: [['records:write']],
  effect: 'write',
  idempotent: true,
  input: z.strictObject({ base_id: baseId, table, record_id: recordId, fields }),
  output: record,
  run: async ({ input, http }) => {
    const path = `/v0/${segment(input.base_id)}/${segment(input.table)}/${segment(input.record_id)}`
    return plain(recordWire.parse(await http.patch(path, { json: { fields: input.fields } })))
  },
})
