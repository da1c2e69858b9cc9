import { z } from 'zod'
import { limit, type ResourceKind, searched } from '#lib/connector-kit'
import { api } from './wire.ts'

const pageMax = 50
const repositories = z.array(z.object({ full_name: z.string() }))

/** GitHub does not tell capitals from small letters in names. */
const idOf = (fullName: string): string => fullName.toLowerCase()

type Named = { owner: string; repository: string }
const named = limit<Named, unknown>({ touches: (params) => [idOf(`${params.owner}/${params.repository}`)] })

/**
 * What a consent can be limited to. A repository goes by its full name, which is what each call says: one that is
 * renamed or handed over afterwards is not reached any more, and has to be picked again.
 */
export const repositoryLimit: ResourceKind = {
  words: {
    title: 'Repositories',
    all: 'All repositories that I can reach',
    some: 'Only the repositories that I pick',
  },
  scopes: ['public_repo', 'repo', 'notifications'],
  listScopes: [['public_repo']],
  list: (http, asked) =>
    searched(
      async (cursor) => {
        const page = cursor ?? '1'
        const query = { sort: 'full_name', per_page: pageMax, page }
        const found = repositories.parse(await http.get('/user/repos', { ...api, query }))
        return {
          items: found.map(({ full_name }) => ({ id: idOf(full_name), label: full_name })),
          next: found.length < pageMax ? null : String(Number(page) + 1),
        }
      },
      asked,
      pageMax,
    ),
  tools: {
    'github.list_repositories': limit<unknown, { repositories: { full_name: string }[] }>({
      keeps: (page, within) => ({
        ...page,
        repositories: page.repositories.filter(({ full_name }) => within(idOf(full_name))),
      }),
    }),
    'github.get_file': named,
    'github.list_issues': named,
    'github.get_issue': named,
    'github.list_discussions': named,
    'github.upload_release_asset': named,
    'github.create_issue': named,
    'github.comment_issue': named,
    'github.search_issues': limit<unknown, { total: number; issues: { repository: string }[] }>({
      keeps: (page, within) => {
        const issues = page.issues.filter(({ repository }) => within(idOf(repository)))
        // How many there are elsewhere is not for the agent either.
        return { ...page, total: issues.length, issues }
      },
    }),
    'github.list_notifications': limit<unknown, { notifications: { repository: string }[] }>({
      keeps: (page, within) => ({
        ...page,
        notifications: page.notifications.filter(({ repository }) => within(idOf(repository))),
      }),
    }),
  },
}
