import { z } from 'zod'
import { cursorsOf, listPage, tool } from '#lib/connector-kit'
import { listed, userId } from './wire.ts'

const userWire = z.object({
  id: z.string(),
  name: z.string(),
  deleted: z.boolean().nullish(),
  is_bot: z.boolean().nullish(),
  tz: z.string().nullish(),
  profile: z
    .object({ real_name: z.string().nullish(), title: z.string().nullish(), email: z.string().nullish() })
    .nullish(),
})

const user = z.object({
  id: z.string(),
  handle: z.string(),
  real_name: z.string().nullable(),
  title: z.string().nullable(),
  email: z.string().nullable().describe('Only where the person allowed e-mail addresses'),
  time_zone: z.string().nullable(),
  is_bot: z.boolean(),
  deactivated: z.boolean(),
})

function toUser(wire: z.infer<typeof userWire>): z.infer<typeof user> {
  return {
    id: wire.id,
    handle: wire.name,
    real_name: wire.profile?.real_name ?? null,
    title: wire.profile?.title || null,
    email: wire.profile?.email ?? null,
    time_zone: wire.tz ?? null,
    is_bot: wire.is_bot ?? false,
    deactivated: wire.deleted ?? false,
  }
}

export const getUser = tool({
  name: 'slack.get_user',
  title: 'Get a person',
  description: 'Reads one person of the workspace by their id.',
  scopes: [['users:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ user_id: userId }),
  output: user,
  run: async ({ input, http }) =>
    toUser(
      z
        .object({ user: userWire })
        .parse(await http.get('/api/users.info', { query: { user: input.user_id } })).user,
    ),
})

const cursors = cursorsOf('slack.list_users')

export const listUsers = tool({
  name: 'slack.list_users',
  title: 'List people',
  description: 'Lists the people of the workspace, bots and deactivated accounts included, a page at a time.',
  scopes: [['users:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    limit: z.number().int().min(1).max(200).default(100).describe('Most people to return'),
    cursor: cursors.field,
  }),
  output: z.object({ users: z.array(user), next_cursor: z.string().nullable() }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, '/api/users.list', {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      read: (body) => z.object({ members: z.array(userWire) }).parse(body).members,
    })
    return { users: found.map(toUser), next_cursor }
  },
})
