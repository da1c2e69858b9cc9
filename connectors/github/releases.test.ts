import { createHash } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { type Answer, runTool, startWire, toolHttp, type Wire } from '../../e2e/vendors/wire.ts'
import { github } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

const text = 'the notes of the release'
const file = {
  name: 'notes-1.2.txt',
  media_type: 'text/plain',
  size_bytes: text.length,
  sha256: createHash('sha256').update(text).digest('hex'),
}
const input = { owner: 'octo', repository: 'site', release_id: 9, file }
const assets = '/repos/octo/site/releases/9/assets'
const asset = {
  id: 5,
  name: file.name,
  label: '',
  state: 'uploaded',
  size: text.length,
  digest: `sha256:${file.sha256}`,
  browser_download_url: 'https://github.com/octo/site/releases/download/v1/notes-1.2.txt',
}
const output = { id: 5, name: file.name, size_bytes: text.length, url: asset.browser_download_url }
const tool = github.tools['github.upload_release_asset']

it('adds a file to a release, at the host that takes files', async () => {
  wire = await startWire({ [`POST ${assets}`]: { status: 201, body: asset } })
  expect(await runTool(github, wire.url, 'github.upload_release_asset', input, undefined, text)).toEqual(
    output,
  )
  expect(wire.received[0]).toMatchObject({ query: { name: file.name }, body: text })
  expect(wire.received[0]?.headers['x-base']).toBe('uploads')
})

it.each(['.hidden', 'a b.txt', 'ä.txt', '../x', 'a.'])('refuses the name %j', (name) => {
  expect(tool?.input.safeParse({ ...input, file: { ...file, name } }).success).toBe(false)
})

async function found(answer: Answer) {
  wire = await startWire({ [`GET ${assets}`]: answer })
  return tool?.reconcile?.({
    input: tool.input.parse(input),
    http: toolHttp(github, wire.url),
    files: {
      prepare: () => expect.unreachable(),
      put: () => expect.unreachable(),
      give: () => expect.unreachable(),
    },
    executionId: 'ex_1',
    signal: new AbortController().signal,
  })
}

it('finds out what became of an upload whose answer was lost, and says so where it cannot', async () => {
  expect(await found({ body: [asset] })).toEqual({ outcome: 'happened', output })
  await wire.close()
  expect(await found({ body: [{ ...asset, name: 'other' }] })).toEqual({ outcome: 'did_not' })
  for (const part of [{ state: 'starter' }, { digest: null }, { digest: 'sha256:0' }]) {
    await wire.close()
    expect(await found({ body: [{ ...asset, ...part }] })).toEqual({ outcome: 'unknown' })
  }
  await wire.close()
  const full = Array.from({ length: 100 }, (_, at) => ({ ...asset, name: `n${at}` }))
  expect(await found({ body: full })).toEqual({ outcome: 'unknown' })
})
