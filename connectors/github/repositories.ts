import { z } from 'zod'
import { cursorsOf, listPage, segment, tool } from '#lib/connector-kit'
import { api, filePath, limit, listed, owner, repository } from './wire.ts'

const repositoryWire = z.object({
  full_name: z.string(),
  description: z.string().nullish(),
  private: z.boolean(),
  archived: z.boolean().nullish(),
  default_branch: z.string(),
  open_issues_count: z.number().nullish(),
  html_url: z.string(),
})

const cursors = cursorsOf('github.list_repositories')

export const listRepositories = tool({
  name: 'github.list_repositories',
  title: 'List repositories',
  description:
    'Lists the repositories that the connected GitHub account can reach, a page at a time. ' +
    'Private ones are among them only where the person allowed private repositories.',
  scopes: [['repo'], ['public_repo']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    sort: z
      .enum(['full_name', 'created', 'updated', 'pushed'])
      .default('full_name')
      .describe('What to order by'),
    limit,
    cursor: cursors.field,
  }),
  output: z.object({
    repositories: z.array(
      z.object({
        full_name: z.string(),
        description: z.string().nullable(),
        private: z.boolean(),
        archived: z.boolean(),
        default_branch: z.string(),
        open_issues: z.number(),
        url: z.string(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, '/user/repos', {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      options: { ...api, query: { sort: input.sort } },
      read: (body) => z.array(repositoryWire).parse(body),
    })
    return {
      repositories: found.map((one) => ({
        full_name: one.full_name,
        description: one.description ?? null,
        private: one.private,
        archived: one.archived ?? false,
        default_branch: one.default_branch,
        open_issues: one.open_issues_count ?? 0,
        url: one.html_url,
      })),
      next_cursor,
    }
  },
})

const entryWire = z.object({ name: z.string(), path: z.string(), type: z.string() })
const fileWire = z.object({
  type: z.string(),
  path: z.string(),
  sha: z.string(),
  size: z.number(),
  content: z.string().optional(),
  encoding: z.string().optional(),
})

/** The text of a file; `null` where GitHub left the content out (above 1 MB) or it is not UTF-8 text. */
function textOf(file: z.infer<typeof fileWire>): string | null {
  if (file.encoding !== 'base64' || file.content === undefined) return null
  const bytes = Buffer.from(file.content, 'base64')
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

export const getFile = tool({
  name: 'github.get_file',
  title: 'Read a file',
  description:
    'Reads a text file of a repository up to 1 MB, or the entries of a folder. ' +
    'Text is null for a binary or larger file.',
  scopes: [['repo'], ['public_repo']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    owner,
    repository,
    path: filePath.describe('Path from the root of the repository, such as docs/intro.md'),
    ref: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Branch, tag or commit; the default branch if absent'),
  }),
  output: z.object({
    type: z.enum(['file', 'folder', 'other']),
    path: z.string(),
    sha: z.string().nullable(),
    size_bytes: z.number().nullable(),
    text: z.string().nullable(),
    entries: z.array(entryWire).nullable(),
  }),
  run: async ({ input, http }) => {
    const path = input.path.split('/').map(segment).join('/')
    const answer = await http.get(
      `/repos/${segment(input.owner)}/${segment(input.repository)}/contents/${path}`,
      { ...api, query: { ref: input.ref } },
    )
    const entries = z.array(entryWire).safeParse(answer)
    if (entries.success) {
      const folder = { path: input.path, sha: null, size_bytes: null, text: null }
      return { type: 'folder' as const, ...folder, entries: entries.data }
    }
    const file = fileWire.parse(answer)
    return {
      type: file.type === 'file' ? ('file' as const) : ('other' as const),
      path: file.path,
      sha: file.sha,
      size_bytes: file.size,
      text: textOf(file),
      entries: null,
    }
  },
})
