// The code that the documentation shows is the code that is type-checked, run and tested.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../scripts/install.mjs'

const read = (file: string) => readFileSync(join(root, file), 'utf8')

function regionOf(file: string, name: string): string {
  const found = new RegExp(`^// #region ${name}\\n([\\s\\S]*?)^// #endregion`, 'm').exec(read(file))
  if (!found?.[1]) throw new Error(`${file} has no region ${name}`)
  return found[1]
}

test('each block that names an example is that example', () => {
  let blocks = 0
  for (const page of globSync('docs/**/*.md', { cwd: root })) {
    for (const [, file = '', name = '', code] of read(page).matchAll(
      /^```\w+ example=(\S+)#(\S+)\n([\s\S]*?)^```$/gm,
    )) {
      expect(code, `${page}: ${file}#${name}`).toBe(regionOf(file, name))
      blocks++
    }
  }
  expect(blocks).toBeGreaterThanOrEqual(5)
})

test('each region of an example is shown somewhere', () => {
  const pages = globSync('docs/**/*.md', { cwd: root }).map(read).join('\n')
  for (const file of globSync('docs/examples/**/*.{ts,tsx,js}', { cwd: root })) {
    for (const [, name] of read(file).matchAll(/^\/\/ #region (\w+)$/gm)) {
      expect(pages, `${file}#${name}`).toContain(`example=${file}#${name}\n`)
    }
  }
})
