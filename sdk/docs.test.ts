// What the pages about the client show is in files that are type-checked and run (client.db.test.ts,
// frameworks.db.test.ts).
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { connectors } from '#connectors'
import {
  createBroker,
  modelFormats as served,
  toolOfWireName as servedName,
  wireName as servedWire,
} from '#lib/broker'
import { modelFormats } from './formats.ts'
import { toolOfWireName, wireName } from './names.ts'

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

test.each([
  ['docs/frameworks.md', 5],
  ['sdk/README.md', 1],
])('every piece of TypeScript in %s is in the example that it names', (page, atLeast) => {
  const blocks = [...read(page).matchAll(/^```(?:ts|js|typescript)\b *(\S*)\n([\s\S]*?)^```/gm)]
  expect(blocks.length).toBeGreaterThanOrEqual(atLeast)
  for (const [, file = '', code = ''] of blocks) {
    expect(file, `${page}: a block names no file`).toMatch(/^sdk\/examples\/[\w-]+\.ts$/)
    expect(existsSync(new URL(`../${file}`, import.meta.url)), `${page}: ${file}`).toBe(true)
    // Each paragraph of the block, so that a page may leave some out.
    for (const part of code.split(/\n{2,}/)) expect(read(file), `${page}: ${file}`).toContain(part.trim())
  }
})

test('the client makes the names and shapes that the API answers', async () => {
  const tools = Object.assign({}, ...Object.values(connectors).map((connector) => connector.tools))
  const views = await createBroker({ connectors, tools } as never).listTools(null, {})
  expect(views.length).toBeGreaterThan(30)
  for (const view of views) {
    expect(wireName(view.name)).toBe(servedWire(view.name))
    expect(toolOfWireName(wireName(view.name))).toBe(servedName(servedWire(view.name)))
    for (const shape of ['openai', 'openai_responses', 'anthropic'] as const)
      expect(modelFormats[shape](view)).toEqual(served[shape](view))
  }
})
