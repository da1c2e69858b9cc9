import { afterEach, describe, expect, it } from 'vitest'
import { classify } from '#lib/connector-kit'
import { type Answer, answered, cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { github } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(name: string, input: unknown, answers: Record<string, Answer>) {
  wire = await startWire(answers)
  const output = await runTool(github, wire.url, name, input)
  return { output, received: wire.received }
}

const user = { login: 'octocat', id: 583231, type: 'User', site_admin: false }
const issueWire = {
  url: 'https://api.github.com/repos/octo/site/issues/7',
  repository_url: 'https://api.github.com/repos/octo/site',
  html_url: 'https://github.com/octo/site/issues/7',
  id: 1,
  number: 7,
  title: 'It breaks',
  state: 'open',
  body: 'Steps',
  user,
  labels: [{ id: 2, name: 'bug', color: 'f29513' }, 'old'],
  assignees: [user],
  comments: 3,
  created_at: '2026-01-02T03:04:05Z',
  updated_at: '2026-01-02T03:04:06Z',
  closed_at: null,
}
const issue = {
  number: 7,
  title: 'It breaks',
  state: 'open',
  body: 'Steps',
  author: 'octocat',
  labels: ['bug', 'old'],
  assignees: ['octocat'],
  comments: 3,
  is_pull_request: false,
  url: 'https://github.com/octo/site/issues/7',
  created_at: '2026-01-02T03:04:05Z',
  updated_at: '2026-01-02T03:04:06Z',
}
const repositoryWire = {
  id: 1,
  full_name: 'octo/site',
  description: null,
  private: true,
  archived: false,
  default_branch: 'main',
  open_issues_count: 4,
  html_url: 'https://github.com/octo/site',
  permissions: { admin: true },
}

describe('tools', () => {
  it('lists repositories, pinned to an API version, and goes on where the Link header says, with nothing of it but the page', async () => {
    const link =
      '<https://api.github.com/user/repos?page=4&visibility=all>; rel="next", <https://x.test/?page=9>; rel="last"'
    const answers = { 'GET /user/repos': { headers: { link }, body: [repositoryWire] } }
    const { output, received } = await run(
      'github.list_repositories',
      { limit: 1, cursor: cursorOf('github.list_repositories', 'page=3') },
      answers,
    )
    expect(received[0]?.query).toEqual({ sort: 'full_name', per_page: '1', page: '3' })
    expect(received[0]?.headers).toMatchObject({
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'x-base': 'api',
    })
    expect(output).toEqual({
      repositories: [
        {
          full_name: 'octo/site',
          description: null,
          private: true,
          archived: false,
          default_branch: 'main',
          open_issues: 4,
          url: 'https://github.com/octo/site',
        },
      ],
      next_cursor: cursorOf('github.list_repositories', 'page=4'),
    })
  })

  it('ends a list after a page without a Link header', async () => {
    const { output } = await run(
      'github.list_repositories',
      {},
      { 'GET /user/repos': { body: [repositoryWire] } },
    )
    expect(output).toMatchObject({ next_cursor: null })
  })

  it('leaves pull requests out of issues, and goes on after a page of them', async () => {
    const pull = { ...issueWire, number: 8, pull_request: { url: 'https://api.github.com/…' } }
    const { output, received } = await run(
      'github.list_issues',
      { owner: 'octo', repository: 'site', labels: ['bug', 'p1'], limit: 2 },
      {
        'GET /repos/octo/site/issues': {
          headers: { link: '</x?page=2>; rel=next' },
          body: [issueWire, pull],
        },
      },
    )
    expect(received[0]?.query).toEqual({ state: 'open', labels: 'bug,p1', per_page: '2' })
    expect(output).toEqual({ issues: [issue], next_cursor: cursorOf('github.list_issues', 'page=2') })
  })

  it('reads one issue and drops what its output does not name', async () => {
    const input = { owner: 'octo', repository: 'site', number: 7 }
    const { output } = await run('github.get_issue', input, {
      'GET /repos/octo/site/issues/7': { body: issueWire },
    })
    expect(output).toEqual(issue)
  })

  it('opens an issue with the fields of the body alone, not the path', async () => {
    const { output, received } = await run(
      'github.create_issue',
      { owner: 'octo', repository: 'site', title: 'It breaks', labels: ['bug'] },
      { 'POST /repos/octo/site/issues': { status: 201, body: issueWire } },
    )
    expect(received[0]?.body).toEqual({ title: 'It breaks', labels: ['bug'] })
    expect(output).toEqual(issue)
  })

  it('comments on an issue', async () => {
    const answer = {
      id: 9,
      html_url: 'https://github.com/octo/site/issues/7#issuecomment-9',
      created_at: 'now',
    }
    const { output, received } = await run(
      'github.comment_issue',
      { owner: 'octo', repository: 'site', number: 7, body: 'Seen' },
      { 'POST /repos/octo/site/issues/7/comments': { status: 201, body: { ...answer, user } } },
    )
    expect(received[0]?.body).toEqual({ body: 'Seen' })
    expect(output).toEqual({ id: 9, url: answer.html_url, created_at: 'now' })
  })

  it('searches issues and names the repository of each', async () => {
    const { output, received } = await run(
      'github.search_issues',
      { query: 'repo:octo/site crash & burn', sort: 'updated' },
      { 'GET /search/issues': { body: { total_count: 1, incomplete_results: false, items: [issueWire] } } },
    )
    expect(received[0]?.query).toEqual({
      q: 'repo:octo/site crash & burn',
      sort: 'updated',
      per_page: '30',
    })
    expect(output).toEqual({ total: 1, issues: [{ ...issue, repository: 'octo/site' }], next_cursor: null })
  })

  const fileWire = {
    type: 'file',
    encoding: 'base64',
    size: 6,
    name: 'a b.md',
    path: 'docs/a b.md',
    sha: 'abc',
    content: Buffer.from('héllo').toString('base64'),
  }
  const file = { owner: 'octo', repository: 'site', path: 'docs/a b.md' }

  it('reads a file as text, its path encoded part by part', async () => {
    const { output, received } = await run(
      'github.get_file',
      { ...file, ref: 'main' },
      { 'GET /repos/octo/site/contents/docs/a%20b.md': { body: fileWire } },
    )
    expect(received[0]?.query).toEqual({ ref: 'main' })
    expect(output).toMatchObject({ type: 'file', text: 'héllo', sha: 'abc', size_bytes: 6, entries: null })
  })

  it.each([
    ['bytes that are not UTF-8', { content: Buffer.from([0xff, 0xfe, 0x41]).toString('base64') }],
    ['a zero byte', { content: Buffer.from([0x41, 0, 0x42]).toString('base64') }],
    ['content that GitHub left out', { content: '', encoding: 'none' }],
  ])('gives no text for %s', async (_what, change) => {
    const answers = { 'GET /repos/octo/site/contents/docs/a%20b.md': { body: { ...fileWire, ...change } } }
    const { output } = await run('github.get_file', file, answers)
    expect(output).toMatchObject({ text: null })
  })

  it('lists the entries of a folder', async () => {
    const entry = { type: 'file', name: 'a.md', path: 'docs/a.md' }
    const answers = { 'GET /repos/octo/site/contents/docs': { body: [{ ...entry, sha: 'x', size: 1 }] } }
    const { output } = await run('github.get_file', { ...file, path: 'docs' }, answers)
    expect(output).toMatchObject({ type: 'folder', text: null, entries: [entry] })
  })

  it('lists notifications', async () => {
    const body = [
      {
        id: '5',
        unread: true,
        reason: 'review_requested',
        updated_at: '2026-01-01T00:00:00Z',
        subject: { title: 'Add it', type: 'PullRequest', url: '…' },
        repository: { id: 1, full_name: 'octo/site' },
      },
    ]
    const { output, received } = await run(
      'github.list_notifications',
      {},
      { 'GET /notifications': { body } },
    )
    expect(received[0]?.query).toEqual({ all: 'false', per_page: '30' })
    expect(output).toEqual({
      notifications: [
        {
          id: '5',
          title: 'Add it',
          type: 'PullRequest',
          reason: 'review_requested',
          repository: 'octo/site',
          unread: true,
          updated_at: '2026-01-01T00:00:00Z',
        },
      ],
      next_cursor: null,
    })
  })

  it.each([
    ['github.get_file', { ...file, path: '../../user' }],
    ['github.get_file', { ...file, path: '/etc' }],
    ['github.get_file', { ...file, path: 'a//b' }],
    ['github.get_issue', { owner: 'octo', repository: '..', number: 1 }],
    ['github.get_issue', { owner: 'octo/../..', repository: 'site', number: 1 }],
    ['github.get_issue', { owner: 'octo', repository: 'site', number: 0 }],
    ['github.list_issues', { owner: 'octo', repository: 'site', limit: 101 }],
    ['github.list_issues', { owner: 'octo', repository: 'site', cursor: '-1' }],
    ['github.list_issues', { owner: 'octo', repository: 'site', surprise: 1 }],
  ])('%s refuses %o before any request', async (name, input) => {
    await expect(run(name, input, {})).rejects.toThrow()
    expect(wire.received).toEqual([])
  })

  it('fails rather than answer what does not fit, when the provider answers another shape', async () => {
    const input = { owner: 'octo', repository: 'site', number: 7 }
    const answers = { 'GET /repos/octo/site/issues/7': { body: { number: 'seven' } } }
    await expect(run('github.get_issue', input, answers)).rejects.toThrow()
  })
})

describe('OAuth', () => {
  it('reads the granted scopes from a comma list', () => {
    const body = { access_token: 'gho_a', token_type: 'bearer', scope: 'public_repo,notifications' }
    expect(github.auth.parseTokens(body)).toEqual({
      accessToken: 'gho_a',
      refreshToken: null,
      expiresInSeconds: null,
      scopes: ['public_repo', 'notifications'],
    })
  })

  it('takes an empty scope as nothing granted, not as everything asked for', () => {
    expect(github.auth.parseTokens({ access_token: 'gho_a', scope: '' }).scopes).toEqual([])
  })

  it('knows a person by number, which survives a change of login', () => {
    expect(github.auth.identity.parse(user)).toEqual({ id: '583231', label: 'octocat' })
  })

  it.each([
    [200, 'incorrect_client_credentials', 'config'],
    [200, 'redirect_uri_mismatch', 'config'],
    [200, 'bad_verification_code', 'invalid'],
    [200, 'bad_refresh_token', 'ambiguous'],
    [503, undefined, 'transient'],
  ])('reads %i with %s at the token endpoint as %s', (status, error, is) => {
    expect(
      classify(github.auth.tokenErrors, answered(status, error ? { error, error_description: '…' } : null)),
    ).toBe(is)
  })

  it.each([
    [401, 'Bad credentials', 'dead'],
    [403, 'Resource not accessible', 'permission'],
    [404, 'Not Found', 'not_found'],
    [410, 'Issues are disabled', 'not_found'],
    [422, 'Validation Failed', 'invalid'],
    [429, 'Too many requests', 'rate_limited'],
    [502, 'Bad gateway', 'transient'],
    [200, 'fine', null],
  ])('reads %i %s of the API as %s', (status, message, is) => {
    expect(classify(github.apiErrors, answered(status, { message, status: String(status) }))).toBe(is)
  })

  it('takes only 204 as proof that a token is gone', () => {
    const confirms = github.auth.revoke?.confirms
    expect([204, 200, 202].map((status) => confirms?.(status, null))).toEqual([true, false, false])
  })
})
