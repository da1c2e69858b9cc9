import { z } from 'zod'
import { cursorsOf, listPage, tool } from '#lib/connector-kit'
import { api, listed } from './wire.ts'

const notificationWire = z.object({
  id: z.string(),
  unread: z.boolean(),
  reason: z.string(),
  updated_at: z.string(),
  subject: z.object({ title: z.string(), type: z.string() }),
  repository: z.object({ full_name: z.string() }),
})

const cursors = cursorsOf('github.list_notifications')

export const listNotifications = tool({
  name: 'github.list_notifications',
  title: 'List notifications',
  description: 'Lists the notifications of the connected person, newest first, without marking them as read.',
  scopes: [['notifications'], ['repo']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    all: z.boolean().default(false).describe('Also those that were read already'),
    // GitHub's own most for this list.
    limit: z.number().int().min(1).max(50).default(30).describe('Most entries to return'),
    cursor: cursors.field,
  }),
  output: z.object({
    notifications: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        type: z.string(),
        reason: z.string(),
        repository: z.string(),
        unread: z.boolean(),
        updated_at: z.string(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, '/notifications', {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      options: { ...api, query: { all: input.all } },
      read: (body) => z.array(notificationWire).parse(body),
    })
    return {
      notifications: found.map(({ subject, repository, ...one }) => ({
        ...one,
        title: subject.title,
        type: subject.type,
        repository: repository.full_name,
      })),
      next_cursor,
    }
  },
})
