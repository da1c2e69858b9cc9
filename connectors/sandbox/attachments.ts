import { z } from 'zod'
import { fileField, givenFile, segment, tool } from '#lib/connector-kit'

const attachment = z.object({
  id: z.string(),
  task_id: z.string(),
  name: z.string(),
  media_type: z.string(),
  size_bytes: z.number(),
  sha256: z.string(),
})
const listed = z.object({
  attachments: z.array(attachment.extend({ idempotency_key: z.string().nullish() })),
})
const taskId = z.string().min(1).max(100).describe('Id of the task')
const attachmentsOf = (id: string) => `/api/tasks/${segment(id)}/attachments`

/** What the practice provider keeps of one file at most. */
const bytesMax = 8 * 1024 * 1024
const rule = { bytesMax }

export const listAttachments = tool({
  name: 'sandbox.list_attachments',
  title: 'List attachments',
  description: 'Lists the files that are attached to one task.',
  scopes: [['tasks:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ task_id: taskId }),
  output: z.object({ attachments: z.array(attachment) }),
  run: async ({ input, http }) => listed.parse(await http.get(attachmentsOf(input.task_id))),
})

export const attachFile = tool({
  name: 'sandbox.attach_file',
  title: 'Attach a file',
  description: 'Attaches a file to a task and answers its id.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: false,
  idempotencyKey: { header: 'idempotency-key' },
  takes: rule,
  input: z.strictObject({ task_id: taskId, file: fileField(rule) }),
  output: attachment,
  run: async ({ input: { task_id, file }, files }) => {
    const { body } = await files.put('POST', attachmentsOf(task_id), { query: { name: file.name } })
    return attachment.parse(body)
  },
  reconcile: async ({ input, http, executionId }) => {
    const { attachments } = listed.parse(await http.get(attachmentsOf(input.task_id)))
    const found = attachments.find(({ idempotency_key }) => idempotency_key === executionId)
    return found ? { outcome: 'happened', output: found } : { outcome: 'did_not' }
  },
})

export const downloadAttachment = tool({
  name: 'sandbox.download_attachment',
  title: 'Download an attachment',
  description: 'Answers a file that is attached to a task.',
  scopes: [['tasks:read']],
  effect: 'read',
  idempotent: true,
  gives: rule,
  input: z.strictObject({ task_id: taskId, attachment_id: z.string().min(1).max(100) }),
  output: givenFile,
  run: ({ input, files }) => files.give(`${attachmentsOf(input.task_id)}/${segment(input.attachment_id)}`),
})
