import { z } from 'zod'
import { credentialForm, defineConnector } from '#lib/connector-kit'
import { airtable as profile } from '../profiles/airtable.ts'
import { createRecord, listBases, listRecords, listTables, updateRecord } from './records.ts'
import { words } from './words/index.ts'

const whoami = z.object({ id: z.string(), email: z.string().nullish() })

/**
 * Airtable by personal access token. What the token reaches was chosen where it was made.
 * @see https://airtable.com/developers/web/api/authentication (not tried against an account of ours)
 */
export const airtable = defineConnector({
  id: 'airtable',
  name: 'Airtable',
  summary: 'Bases, tables and records.',
  apiBaseUrl: '{api}',
  baseUrls: { api: 'https://api.airtable.com' },
  auth: credentialForm({
    fields: [
      {
        name: 'api_key',
        kind: 'api_token',
        where:
          'Create one with the scopes schema.bases:read, data.records:read and, to change records, data.records:write.',
        whereUrl: 'https://airtable.com/create/tokens',
        example: 'pat…',
      },
    ],
    place: { header: 'Authorization', value: 'Bearer {api_key}' },
    identity: {
      url: '{api}/v0/meta/whoami',
      method: 'GET',
      parse: (body) => {
        const { id, email } = whoami.parse(body)
        return { id, label: email ?? id }
      },
    },
  }),
  scopes: {
    'records:read': {
      does: 'read the bases, tables and records that your token reaches',
      example: 'Find the customers that have not been called this month',
      risk: 'read',
    },
    'records:write': {
      does: 'create and change records',
      example: 'Note down what was agreed on in a call',
      risk: 'write',
      withoutIt: 'The agent can look things up but cannot change a record.',
    },
  },
  overGrant:
    'Your token may permit more, such as changing tables: that was chosen where it was made. Behalf keeps it and offers ' +
    'the agent none of that.',
  purposes: {
    read: 'So that the agent can look things up for you.',
    write: 'So that the agent can keep your records up to date.',
  },
  samples: [
    { tool: 'airtable.list_records', says: 'Find the records that match a question' },
    { tool: 'airtable.create_record', says: 'Add a record after a call' },
    { tool: 'airtable.update_record', says: 'Change a record that is there' },
  ],
  apiErrors: profile.apiErrors,
  rates: profile.rates,
  words,
  tools: [listBases, listTables, listRecords, createRecord, updateRecord],
})
