import { z } from 'zod'
import { cursorsOf, listPage, segment, tool } from '#lib/connector-kit'
import { api, limit, listed, owner, repository } from './wire.ts'

const issueWire = z.object({
  number: z.number(),
  title: z.string(),
  state: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).default([]),
  assignees: z.array(z.object({ login: z.string() })).nullish(),
  comments: z.number().default(0),
  html_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  pull_request: z.unknown().optional(),
})

const issue = z.object({
  number: z.number(),
  title: z.string(),
  state: z.string(),
  body: z.string().nullable(),
  author: z.string().nullable(),
  labels: z.array(z.string()),
  assignees: z.array(z.string()),
  comments: z.number(),
  is_pull_request: z.boolean(),
  url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
})

function toIssue(wire: z.output<typeof issueWire>): z.infer<typeof issue> {
  return {
    number: wire.number,
    title: wire.title,
    state: wire.state,
    body: wire.body ?? null,
    author: wire.user?.login ?? null,
    labels: wire.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
    assignees: (wire.assignees ?? []).map((person) => person.login),
    comments: wire.comments,
    is_pull_request: wire.pull_request !== undefined && wire.pull_request !== null,
    url: wire.html_url,
    created_at: wire.created_at,
    updated_at: wire.updated_at,
  }
}

const readsRepositories = [['repo'], ['public_repo']] as const
const state = z.enum(['open', 'closed', 'all']).default('open').describe('Only those in this state')
const number = z.number().int().min(1).describe('Number of the issue, as in its address')
const issuesOf = (input: { owner: string; repository: string }) =>
  `/repos/${segment(input.owner)}/${segment(input.repository)}/issues`

const cursors = cursorsOf('github.list_issues')

export const listIssues = tool({
  name: 'github.list_issues',
  title: 'List issues',
  description:
    'Lists the issues of one repository, newest first, a page at a time. Pull requests are left out.',
  scopes: readsRepositories,
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    owner,
    repository,
    state,
    labels: z
      .array(
        z
          .string()
          .min(1)
          .max(50)
          .regex(/^[^,]+$/),
      )
      .max(10)
      .optional()
      .describe('Only issues that carry all of these labels'),
    limit,
    cursor: cursors.field,
  }),
  output: z.object({ issues: z.array(issue), next_cursor: z.string().nullable() }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, issuesOf(input), {
      form: listed,
      cursors,
      cursor: input.cursor,
      size: input.limit,
      options: { ...api, query: { state: input.state, labels: input.labels?.join(',') } },
      read: (body) => z.array(issueWire).parse(body),
    })
    return { issues: found.map(toIssue).filter((one) => !one.is_pull_request), next_cursor }
  },
})

export const getIssue = tool({
  name: 'github.get_issue',
  title: 'Get an issue',
  description: 'Reads one issue or pull request by its number, with its text, labels and assignees.',
  scopes: readsRepositories,
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ owner, repository, number }),
  output: issue,
  run: async ({ input, http }) =>
    toIssue(issueWire.parse(await http.get(`${issuesOf(input)}/${segment(input.number)}`, api))),
})

export const createIssue = tool({
  name: 'github.create_issue',
  title: 'Open an issue',
  description: 'Opens an issue in a repository in the name of the connected person and answers its number.',
  scopes: [['repo'], ['public_repo']],
  effect: 'write',
  idempotent: false,
  input: z.strictObject({
    owner,
    repository,
    title: z.string().min(1).max(256).describe('Title in one line'),
    body: z.string().max(65_536).optional().describe('Text in GitHub Markdown'),
    labels: z.array(z.string().min(1).max(50)).max(20).optional().describe('Labels to put on it'),
    assignees: z.array(z.string().min(1).max(39)).max(10).optional().describe('Logins to assign it to'),
  }),
  output: issue,
  run: async ({ input: { owner: by, repository: name, ...json }, http }) =>
    toIssue(issueWire.parse(await http.post(issuesOf({ owner: by, repository: name }), { ...api, json }))),
})

export const commentIssue = tool({
  name: 'github.comment_issue',
  title: 'Comment on an issue',
  description: 'Writes a comment on an issue or pull request in the name of the connected person.',
  scopes: [['repo'], ['public_repo']],
  effect: 'write',
  idempotent: false,
  input: z.strictObject({
    owner,
    repository,
    number,
    body: z.string().min(1).max(65_536).describe('Text in GitHub Markdown'),
  }),
  output: z.object({ id: z.number(), url: z.string(), created_at: z.string() }),
  run: async ({ input, http }) => {
    const path = `${issuesOf(input)}/${segment(input.number)}/comments`
    const wire = z
      .object({ id: z.number(), html_url: z.string(), created_at: z.string() })
      .parse(await http.post(path, { ...api, json: { body: input.body } }))
    return { id: wire.id, url: wire.html_url, created_at: wire.created_at }
  },
})

const foundWire = z.object({
  total_count: z.number(),
  items: z.array(issueWire.extend({ repository_url: z.string() })),
})
const hits = cursorsOf('github.search_issues')

export const searchIssues = tool({
  name: 'github.search_issues',
  title: 'Search issues',
  description:
    'Searches issues and pull requests with GitHub search syntax, such as ' +
    '"repo:octo/site is:open label:bug crash". Answers at most 1000 over all pages.',
  scopes: readsRepositories,
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    query: z.string().min(1).max(256).describe('Words and qualifiers'),
    sort: z.enum(['created', 'updated', 'comments']).optional().describe('Best match if absent'),
    limit,
    cursor: hits.field,
  }),
  output: z.object({
    total: z.number(),
    issues: z.array(issue.extend({ repository: z.string().describe('owner/name') })),
    next_cursor: z.string().nullable(),
  }),
  run: async ({ input, http }) => {
    const { found, next_cursor } = await listPage(http, '/search/issues', {
      form: listed,
      cursors: hits,
      cursor: input.cursor,
      size: input.limit,
      options: { ...api, query: { q: input.query, sort: input.sort } },
      read: (body) => foundWire.parse(body),
    })
    return {
      total: found.total_count,
      issues: found.items.map((one) => ({
        ...toIssue(one),
        repository: one.repository_url.split('/').slice(-2).join('/'),
      })),
      next_cursor,
    }
  },
})
