import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { curlOf } from './curl.tsx'

/** The arguments that a shell makes of the command, with `printf` for curl. */
const argumentsOf = (command: string) =>
  execFileSync('sh', ['-c', command.replace(/^curl/, "printf '%s\\0'")], {
    env: { ...process.env, BEHALF_API_KEY: 'key' },
    encoding: 'utf8',
  })
    .split('\0')
    .slice(0, -1)

test('a shell makes of the command what was meant, whatever the values hold', () => {
  const body = { it: 'it\'s $HOME `id` \\ "x"\n', more: "';id;'" }
  const url = "http://localhost/api?x='$(id)&y=1"
  const args = argumentsOf(curlOf({ method: 'POST', url, body }))
  expect(args.slice(0, 2)).toEqual(['-sS', url])
  expect(args.slice(2, 6)).toEqual([
    '-H',
    'Authorization: Bearer key',
    '-H',
    'Content-Type: application/json',
  ])
  expect(JSON.parse(args.at(-1) ?? '')).toEqual(body)
})

test('names the method where curl would not take it by itself', () => {
  expect(curlOf({ method: 'GET', url: 'http://x' })).not.toContain('-X')
  expect(curlOf({ method: 'POST', url: 'http://x', body: {} })).not.toContain('-X')
  expect(curlOf({ method: 'POST', url: 'http://x' })).toContain('-X POST')
  expect(curlOf({ method: 'DELETE', url: 'http://x' })).toContain('-X DELETE')
})
