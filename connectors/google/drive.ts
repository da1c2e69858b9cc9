import { z } from 'zod'
import { byToken, cursorsOf, listPage, segment, tool } from '#lib/connector-kit'
import { driveMetadataRead, driveRead } from './scopes.ts'

const fileWire = z.object({
  id: z.string(),
  name: z.string(),
  mimeType: z.string(),
  modifiedTime: z.string().nullish(),
  // A 64-bit number, which JSON carries as a string.
  size: z.union([z.string(), z.number()]).nullish(),
  webViewLink: z.string().nullish(),
})
const fileFields = 'id,name,mimeType,modifiedTime,size,webViewLink'

const file = z.object({
  id: z.string(),
  name: z.string(),
  mime_type: z.string(),
  modified_at: z.string().nullable(),
  size_bytes: z.number().nullable(),
  url: z.string().nullable(),
})

function toFile(wire: z.infer<typeof fileWire>): z.infer<typeof file> {
  return {
    id: wire.id,
    name: wire.name,
    mime_type: wire.mimeType,
    modified_at: wire.modifiedTime ?? null,
    size_bytes: wire.size === undefined || wire.size === null ? null : Number(wire.size),
    url: wire.webViewLink ?? null,
  }
}

/** A string of Drive's query language, in which quotes and backslashes are escaped by a backslash. */
const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`

const listed = byToken({ param: 'pageToken', size: 'pageSize', next: 'nextPageToken' })
const cursors = cursorsOf('google.search_drive_files')

export const searchDriveFiles = tool({
  name: 'google.search_drive_files',
  title: 'Search Drive files',
  description:
    'Finds files in Google Drive by name, or by their text where the person allowed reading files. ' +
    'Answers names, links and dates, not contents.',
  scopes: [[driveRead], [driveMetadataRead]],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    text: z.string().min(1).max(200).describe('Words to look for'),
    in: z
      .enum(['name', 'full_text'])
      .default('name')
      .describe('Where to look; full_text needs the right to read files'),
    mime_type: z
      .string()
      .max(255)
      .regex(/^[\w.+-]+\/[\w.+-]+$/)
      .optional()
      .describe('Only this type, such as application/vnd.google-apps.document'),
    limit: z.number().int().min(1).max(100).default(25).describe('Most files to return'),
    cursor: cursors.field,
  }),
  output: z.object({ files: z.array(file), next_cursor: z.string().nullable() }),
  run: async ({ input, http }) => {
    const conditions = [`${input.in === 'name' ? 'name' : 'fullText'} contains ${quoted(input.text)}`]
    if (input.mime_type) conditions.push(`mimeType = ${quoted(input.mime_type)}`)
    conditions.push('trashed = false')
    const { found, next_cursor } = await listPage(http, '/drive/v3/files', {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      options: {
        query: {
          q: conditions.join(' and '),
          fields: `nextPageToken,files(${fileFields})`,
          includeItemsFromAllDrives: true,
          supportsAllDrives: true,
        },
      },
      read: (body) => z.object({ files: z.array(fileWire).default([]) }).parse(body).files,
    })
    return { files: found.map(toFile), next_cursor }
  },
})

export const getDriveFile = tool({
  name: 'google.get_drive_file',
  title: 'Get a Drive file',
  description:
    'Reads the name, type, size, date and link of one Google Drive file by its id, not its content.',
  scopes: [[driveRead], [driveMetadataRead]],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    file_id: z
      .string()
      .max(200)
      .regex(/^[\w-]+$/)
      .describe('Id of the file'),
  }),
  output: file,
  run: async ({ input, http }) =>
    toFile(
      fileWire.parse(
        await http.get(`/drive/v3/files/${segment(input.file_id)}`, {
          query: { fields: fileFields, supportsAllDrives: true },
        }),
      ),
    ),
})
