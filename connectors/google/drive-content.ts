import { z } from 'zod'
import { givenFile, segment, tool } from '#lib/connector-kit'
import { driveRead } from './scopes.ts'

/** What Google's own documents can be turned into; each kind takes some of these. */
const exports = {
  pdf: 'application/pdf',
  text: 'text/plain',
  csv: 'text/csv',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
} as const
const formats = ['pdf', 'text', 'csv', 'docx', 'xlsx', 'pptx'] as const
const endings = { pdf: 'pdf', text: 'txt', csv: 'csv', docx: 'docx', xlsx: 'xlsx', pptx: 'pptx' } as const

const named = z.object({ name: z.string() })

export const downloadDriveFile = tool({
  name: 'google.download_drive_file',
  title: 'Download a Drive file',
  description:
    'Answers the content of one Google Drive file by its id. Documents, sheets and slides of Google have no content ' +
    'of their own: say with export_as what they are to become, 10 MB at most.',
  scopes: [[driveRead]],
  effect: 'read',
  idempotent: true,
  gives: { bytesMax: 512 * 1024 * 1024, secondsMax: 600 },
  input: z.strictObject({
    file_id: z
      .string()
      .max(200)
      .regex(/^[\w-]+$/)
      .describe('Id of the file'),
    export_as: z.enum(formats).optional().describe('For documents, sheets and slides of Google alone'),
  }),
  output: givenFile,
  run: async ({ input, http, files }) => {
    const path = `/drive/v3/files/${segment(input.file_id)}`
    // The content comes without a name.
    const query = { fields: 'name', supportsAllDrives: true }
    const { name } = named.parse(await http.get(path, { query }))
    const format = input.export_as
    if (format === undefined)
      return files.give(path, { name, query: { alt: 'media', supportsAllDrives: true } })
    const exported = { name: `${name}.${endings[format]}`, query: { mimeType: exports[format] } }
    return files.give(`${path}/export`, exported)
  },
})
