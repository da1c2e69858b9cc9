import { z } from 'zod'
import { cursorsOf, gql, tool } from '#lib/connector-kit'
import { limit, owner, repository } from './wire.ts'

// Discussions have no REST API at GitHub: they are read with GraphQL.

const query = gql`
  query ($owner: String!, $repository: String!, $first: Int!, $after: String, $answered: Boolean) {
    repository(owner: $owner, name: $repository) {
      discussions(first: $first, after: $after, answered: $answered, orderBy: {field: UPDATED_AT, direction: DESC}) {
        totalCount
        pageInfo { endCursor hasNextPage }
        nodes {
          number
          title
          bodyText
          url
          isAnswered
          createdAt
          updatedAt
          author { login }
          category { name }
          comments { totalCount }
        }
      }
    }
  }
`

const discussionWire = z.object({
  number: z.number(),
  title: z.string(),
  bodyText: z.string().nullish(),
  url: z.string(),
  isAnswered: z.boolean().nullish(),
  createdAt: z.string(),
  updatedAt: z.string(),
  // Whoever is gone from GitHub leaves no name behind.
  author: z.object({ login: z.string() }).nullish(),
  category: z.object({ name: z.string() }).nullish(),
  comments: z.object({ totalCount: z.number() }).nullish(),
})
const wire = z.object({
  repository: z.object({
    discussions: z.object({
      totalCount: z.number(),
      pageInfo: z.object({ endCursor: z.string().nullish(), hasNextPage: z.boolean() }),
      nodes: z.array(discussionWire),
    }),
  }),
})

const textMax = 4_000
const cursors = cursorsOf('github.list_discussions')

export const listDiscussions = tool({
  name: 'github.list_discussions',
  title: 'List discussions',
  description:
    'Lists the discussions of one repository with their text, the ones that changed last first, a page at a time.',
  scopes: [['repo'], ['public_repo']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({
    owner,
    repository,
    answered: z.boolean().optional().describe('Only those with an answer, or only those without'),
    limit,
    cursor: cursors.field,
  }),
  output: z.object({
    total: z.number(),
    discussions: z.array(
      z.object({
        number: z.number(),
        title: z.string(),
        text: z.string(),
        category: z.string().nullable(),
        author: z.string().nullable(),
        answered: z.boolean().nullable(),
        comments: z.number(),
        url: z.string(),
        created_at: z.string(),
        updated_at: z.string(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  run: async ({ input, http }) => {
    const { discussions } = wire.parse(
      await http.graphql(query, {
        owner: input.owner,
        repository: input.repository,
        first: input.limit,
        after: cursors.open(input.cursor),
        ...(input.answered !== undefined && { answered: input.answered }),
      }),
    ).repository
    const { hasNextPage, endCursor } = discussions.pageInfo
    return {
      total: discussions.totalCount,
      discussions: discussions.nodes.map((one) => ({
        number: one.number,
        title: one.title,
        text: (one.bodyText ?? '').slice(0, textMax),
        category: one.category?.name ?? null,
        author: one.author?.login ?? null,
        answered: one.isAnswered ?? null,
        comments: one.comments?.totalCount ?? 0,
        url: one.url,
        created_at: one.createdAt,
        updated_at: one.updatedAt,
      })),
      next_cursor: cursors.seal(hasNextPage ? (endCursor ?? null) : null),
    }
  },
})
