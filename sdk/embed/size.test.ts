import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildEmbed } from '../../scripts/build-embed.ts'
import { root } from '../../scripts/install.mjs'

const committed = () => readFileSync(join(root, 'public/embed.js'), 'utf8')

test('embed.js is at most 3 KB gzipped', () => {
  expect(gzipSync(committed(), { level: 9 }).length).toBeLessThanOrEqual(3072)
})

test('embed.js is what sdk/embed builds to', async () => {
  expect(committed()).toBe(await buildEmbed())
})

test('embed.js leaves one name behind, and takes the server from where it was loaded', () => {
  const defined: string[] = []
  const page: Record<string, unknown> = {
    document: { currentScript: { src: 'https://behalf.example.com/embed.js?v=1' } },
    customElements: { get: () => undefined, define: (name: string) => void defined.push(name) },
    HTMLElement: class {},
    URL,
  }
  page.window = page
  const before = Object.keys(page)
  runInNewContext(committed(), page)
  expect(Object.keys(page).filter((name) => !before.includes(name))).toEqual(['Behalf'])
  expect(Object.keys(page.Behalf as object)).toEqual(['createConnect', 'resumeConnect'])
  expect(defined).toEqual(['behalf-connect'])
})
