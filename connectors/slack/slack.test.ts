import { afterEach, describe, expect, it } from 'vitest'
import { classify } from '#lib/connector-kit'
import { type Answer, answered, cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { slack } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(name: string, input: unknown, answers: Record<string, Answer>) {
  wire = await startWire(answers)
  const output = await runTool(slack, wire.url, name, input)
  return { output, received: wire.received }
}

describe('tools', () => {
  it('lists public channels and takes an empty cursor as the end', async () => {
    const channel = {
      id: 'C1',
      name: 'general',
      is_channel: true,
      is_member: true,
      num_members: 4,
      topic: { value: 'All', creator: 'U1', last_set: 0 },
      purpose: { value: '', creator: '', last_set: 0 },
    }
    const { output, received } = await run(
      'slack.list_channels',
      { limit: 2, cursor: cursorOf('slack.list_channels', 'abc=') },
      {
        'GET /api/conversations.list': {
          body: { ok: true, channels: [channel], response_metadata: { next_cursor: '' } },
        },
      },
    )
    expect(received[0]?.query).toEqual({
      types: 'public_channel',
      exclude_archived: 'true',
      limit: '2',
      cursor: 'abc=',
    })
    expect(output).toEqual({
      channels: [{ id: 'C1', name: 'general', topic: 'All', purpose: '', is_member: true, members: 4 }],
      next_cursor: null,
    })
  })

  const messages = [
    {
      type: 'message',
      user: 'U1',
      text: 'hi',
      ts: '1700000001.000100',
      thread_ts: '1700000001.000100',
      reply_count: 2,
    },
    { type: 'message', subtype: 'bot_message', bot_id: 'B1', ts: '1700000000.000100' },
  ]
  const read = [
    { ts: '1700000001.000100', text: 'hi', author_id: 'U1', thread_ts: '1700000001.000100', replies: 2 },
    { ts: '1700000000.000100', text: '', author_id: 'B1', thread_ts: null, replies: 0 },
  ]

  it('reads a channel within a window and says where the next page begins', async () => {
    const input = { channel_id: 'C1', oldest: '1700000000.000000' }
    const { output, received } = await run('slack.read_channel', input, {
      'GET /api/conversations.history': {
        body: { ok: true, messages, has_more: true, response_metadata: { next_cursor: 'bmV4dA==' } },
      },
    })
    expect(received[0]?.query).toEqual({ channel: 'C1', oldest: '1700000000.000000', limit: '15' })
    expect(output).toEqual({ messages: read, next_cursor: cursorOf('slack.read_channel', 'bmV4dA==') })
  })

  it('reads a thread', async () => {
    const input = { channel_id: 'C1', thread_ts: '1700000001.000100' }
    const { output, received } = await run('slack.read_thread', input, {
      'GET /api/conversations.replies': { body: { ok: true, messages, has_more: false } },
    })
    expect(received[0]?.query).toEqual({ channel: 'C1', ts: '1700000001.000100', limit: '15' })
    expect(output).toEqual({ messages: read, next_cursor: null })
  })

  it('posts a reply as JSON', async () => {
    const input = { channel_id: 'C1', text: 'done', thread_ts: '1700000001.000100' }
    const { output, received } = await run('slack.post_message', input, {
      'POST /api/chat.postMessage': { body: { ok: true, channel: 'C1', ts: '2.1', message: {} } },
    })
    expect(received[0]?.body).toEqual({ channel: 'C1', text: 'done', thread_ts: '1700000001.000100' })
    expect(received[0]?.headers['content-type']).toBe('application/json')
    expect(output).toEqual({ channel_id: 'C1', ts: '2.1' })
  })

  it('searches by page until the last', async () => {
    const match = {
      ts: '1.2',
      text: 'refund',
      user: 'U1',
      channel: { id: 'C1', name: 'support' },
      permalink: 'https://x',
    }
    const answers = {
      'GET /api/search.messages': {
        body: {
          ok: true,
          query: 'refund',
          messages: { total: 41, matches: [match], paging: { page: 2, pages: 3 } },
        },
      },
    }
    const { output, received } = await run(
      'slack.search_messages',
      { query: 'refund', cursor: cursorOf('slack.search_messages', '2') },
      answers,
    )
    expect(received[0]?.query).toEqual({ query: 'refund', sort: 'score', count: '20', page: '2' })
    expect(output).toEqual({
      total: 41,
      messages: [
        {
          ts: '1.2',
          text: 'refund',
          author_id: 'U1',
          channel_id: 'C1',
          channel_name: 'support',
          url: 'https://x',
        },
      ],
      next_cursor: cursorOf('slack.search_messages', '3'),
    })
  })

  const userWire = {
    id: 'U1',
    name: 'ana',
    deleted: false,
    is_bot: false,
    tz: 'Europe/Berlin',
    profile: { real_name: 'Ana Souza', title: '', email: 'ana@acme.test' },
  }
  const user = {
    id: 'U1',
    handle: 'ana',
    real_name: 'Ana Souza',
    title: null,
    email: 'ana@acme.test',
    time_zone: 'Europe/Berlin',
    is_bot: false,
    deactivated: false,
  }

  it('reads one person', async () => {
    const answers = { 'GET /api/users.info': { body: { ok: true, user: userWire } } }
    const { output, received } = await run('slack.get_user', { user_id: 'U1' }, answers)
    expect(received[0]?.query).toEqual({ user: 'U1' })
    expect(output).toEqual(user)
  })

  it('lists people', async () => {
    const body = { ok: true, members: [userWire], response_metadata: { next_cursor: 'n' } }
    const { output } = await run('slack.list_users', {}, { 'GET /api/users.list': { body } })
    expect(output).toEqual({ users: [user], next_cursor: cursorOf('slack.list_users', 'n') })
  })

  it('fails on a refusal that comes with HTTP 200', async () => {
    const answers = {
      'GET /api/users.info': { body: { ok: false, error: 'missing_scope', needed: 'users:read' } },
    }
    await expect(run('slack.get_user', { user_id: 'U1' }, answers)).rejects.toMatchObject({
      is: 'permission',
      status: 200,
    })
  })

  it.each([
    ['slack.post_message', { channel_id: '#general', text: 'x' }],
    ['slack.post_message', { channel_id: 'C1', text: '' }],
    ['slack.post_message', { channel_id: 'C1', text: 'x'.repeat(4001) }],
    ['slack.post_message', { channel_id: 'C1', text: 'x', username: 'CEO' }],
    ['slack.read_thread', { channel_id: 'C1', thread_ts: 'now' }],
    ['slack.get_user', { user_id: 'ana' }],
  ])('%s refuses %o before any request', async (name, input) => {
    await expect(run(name, input, {})).rejects.toThrow()
    expect(wire.received).toEqual([])
  })
})

describe('OAuth', () => {
  const tokens = {
    accessToken: 'xoxe.xoxp-1',
    refreshToken: 'xoxe-1',
    expiresInSeconds: 43_200,
    scopes: ['channels:read', 'chat:write'],
  }
  const fields = {
    access_token: 'xoxe.xoxp-1',
    refresh_token: 'xoxe-1',
    expires_in: 43_200,
    scope: 'channels:read,chat:write',
    token_type: 'user',
  }

  it('reads the token of the person beside one of the app, after consent', () => {
    const body = {
      ok: true,
      access_token: 'xoxb-app',
      token_type: 'bot',
      scope: 'commands',
      authed_user: { id: 'U1', ...fields },
    }
    expect(slack.auth.parseTokens(body)).toEqual(tokens)
  })

  it('reads the token of the person at the top, after a refresh', () => {
    expect(slack.auth.parseTokens({ ok: true, ...fields, user_id: 'U1' })).toEqual(tokens)
  })

  it('never takes the token of the app for that of a person', () => {
    const body = { ok: true, access_token: 'xoxb-app', token_type: 'bot', authed_user: { id: 'U1' } }
    expect(() => slack.auth.parseTokens(body)).toThrow()
  })

  it('knows a person by workspace and id', () => {
    const body = {
      ok: true,
      url: 'https://acme.slack.com/',
      team: 'Acme',
      user: 'ana',
      team_id: 'T1',
      user_id: 'U1',
    }
    expect(slack.auth.identity.parse(body)).toEqual({ id: 'T1/U1', label: 'ana (Acme)' })
  })

  it.each([
    [200, 'invalid_refresh_token', 'dead'],
    [400, 'invalid_grant', 'dead'],
    [200, 'token_revoked', 'dead'],
    [200, 'account_inactive', 'dead'],
    [200, 'invalid_auth', 'ambiguous'],
    [200, 'bad_client_secret', 'config'],
    [200, 'invalid_client_id', 'config'],
    [200, 'ratelimited', 'rate_limited'],
    [200, 'internal_error', 'transient'],
    [200, 'invalid_code', 'invalid'],
  ])('reads %i with %s at the token endpoint as %s', (status, error, is) => {
    expect(classify(slack.auth.tokenErrors, answered(status, { ok: false, error }))).toBe(is)
  })

  it.each([
    ['token_revoked', 'dead'],
    ['token_expired', 'expired'],
    ['not_authed', 'ambiguous'],
    ['missing_scope', 'permission'],
    ['channel_not_found', 'not_found'],
    ['ratelimited', 'rate_limited'],
    ['fatal_error', 'transient'],
    ['msg_too_long', 'invalid'],
  ])('reads %s of the API as %s, though it comes with HTTP 200', (error, is) => {
    expect(classify(slack.apiErrors, answered(200, { ok: false, error }))).toBe(is)
  })

  it('reads a success as one', () => {
    expect(classify(slack.apiErrors, answered(200, { ok: true }))).toBeNull()
  })

  it('takes a revocation as done only where Slack says so, not for its HTTP 200', () => {
    const confirms = slack.auth.revoke?.confirms
    expect(confirms?.(200, { ok: true, revoked: true })).toBe(true)
    expect(confirms?.(200, { ok: true, revoked: false })).toBe(false)
    expect(confirms?.(200, { ok: false, error: 'invalid_auth' })).toBe(false)
  })
})
