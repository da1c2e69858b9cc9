import { createHash } from 'node:crypto'
import { NextRequest } from 'next/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Practice, startPractice } from './scripts/testing/practice.ts'

let practice: Practice
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())

const redirect_uri = 'http://127.0.0.1:51999/callback'

async function oauth(path: string, body?: Record<string, unknown> | URLSearchParams): Promise<Response> {
  const { answerOauth } = await import('#runtime')
  const { config } = await import('#lib/config')
  const form = body instanceof URLSearchParams
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
  return answerOauth(
    new Request(new URL(path, config().publicUrl), {
      ...(body && {
        ...{ method: 'POST', headers: { 'content-type': type } },
        body: form ? body.toString() : JSON.stringify(body),
      }),
    }),
  )
}

/** In which language a page is drawn for a browser that prefers French. */
async function localeAt(path: string): Promise<string | null> {
  const { proxy } = await import('./proxy.ts')
  const { config } = await import('#lib/config')
  const headers = { accept: 'text/html', 'accept-language': 'fr' }
  const answer = await proxy(new NextRequest(new URL(path, config().publicUrl), { headers }))
  return answer.headers.get('x-middleware-request-x-behalf-locale')
}

test('the pages of an authorization are in the language that the client asks for, and else in the browser’s', async () => {
  const made = await oauth('/oauth/register', { client_name: 'Desk', redirect_uris: [redirect_uri] })
  const { client_id } = (await made.json()) as { client_id: string }
  const params = (ui_locales: string | null) =>
    new URLSearchParams({
      ...{ client_id, redirect_uri, response_type: 'code', code_challenge_method: 'S256' },
      code_challenge: createHash('sha256').update('v'.repeat(64)).digest('base64url'),
      ...(ui_locales !== null && { ui_locales }),
    })
  const at = async (query: URLSearchParams) =>
    (await oauth(`/oauth/authorize?${query}`)).headers.get('location') ?? ''
  const cases: [string | null, string][] = [
    ['de-CH en', 'de'],
    ['tlh xx-YY ja fr', 'ja'],
    ['tlh', 'fr'],
    ['', 'fr'],
    [null, 'fr'],
  ]
  for (const [asked, locale] of cases) {
    const page = await at(params(asked))
    expect(page).toMatch(/^\/oauth\/interaction\//)
    expect([asked, await localeAt(page)]).toEqual([asked, locale])
    expect([asked, await localeAt(`${page}/mail`)]).toEqual([asked, locale])
  }
  // What cannot be begun at all is said in it too.
  expect(await localeAt(`/oauth/authorize?${params('pl')}`)).toBe('pl')
  const pushed = (await (await oauth('/oauth/par', params('nl'))).json()) as { request_uri: string }
  const page = await at(new URLSearchParams({ client_id, request_uri: pushed.request_uri }))
  expect(await localeAt(page)).toBe('nl')
  expect(await localeAt('/oauth/interaction/nothing')).toBe('fr')
  expect(await localeAt('/oauth/device')).toBe('fr')
})
