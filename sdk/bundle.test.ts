// Where the client runs: anywhere that has what the web has.
import { createContext, runInContext } from 'node:vm'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import type * as sdk from './index.ts'

async function bundle(): Promise<string> {
  const build = await rolldown({ input: new URL('index.ts', import.meta.url).pathname, platform: 'neutral' })
  const { output } = await build.generate({ format: 'iife', name: 'sdk' })
  await build.close()
  expect(output).toHaveLength(1)
  expect(output[0].imports).toEqual([])
  return output[0].code
}

test('the client needs nothing of Node: no module, no global but those of the web', async () => {
  const asked: unknown[] = []
  const answers = async (url: URL, { method, headers, redirect }: RequestInit) => {
    asked.push([url.href, method, headers, redirect])
    return Response.json({ data: [], has_more: false, next_cursor: null })
  }
  const web = {
    URL,
    URLSearchParams,
    AbortSignal,
    crypto,
    performance,
    setTimeout,
    clearTimeout,
    fetch: answers,
  }
  const world = createContext({ ...web })
  runInContext(await bundle(), world)
  const { createClient } = runInContext('sdk', world) as typeof sdk
  const client = createClient({ baseUrl: 'https://behalf.example.com', key: 'bhf_sk_test' })
  expect((await client.connectedAccounts.list({ limit: 1 })).data).toEqual([])
  expect(asked).toEqual([
    [
      'https://behalf.example.com/api/v1/connected_accounts?limit=1',
      'GET',
      { accept: 'application/json', authorization: 'Bearer bhf_sk_test' },
      'manual',
    ],
  ])
})
