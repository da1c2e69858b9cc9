import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkBoundaries } from './check-boundaries.ts'
import { readSource } from './read-imports.ts'
import { temporaryFolder } from './testing/temporary.ts'

/** A small house in which every rule is kept. */
const house: Record<string, string> = {
  'app/page.tsx': `import { Card } from '#components/ui/card'\nimport { broker } from '#runtime'\nimport { a } from '#lib/vault'`,
  'components/ui/card.tsx': `import { shape } from '#lib/vault/schema'\nexport const Card = () => <p>Don't fetch(it) {shape}</p>`,
  'components/ui/live.tsx': `'use client'\nexport const load = () => fetch('/api/v1/tools')`,
  'connectors/registry.ts': `export * from './acme/index.ts'`,
  'connectors/acme/index.ts': `import { tool } from '#lib/connector-kit'`,
  'runtime/index.ts': `import '#connectors'\nimport { run } from '#lib/broker'`,
  'lib/connector-kit/index.ts': `export const tool = 1`,
  'lib/connector-kit/schema.ts': `import { z } from 'zod'`,
  'lib/config/index.ts': `import { isIP } from 'node:net'`,
  'lib/proof/index.ts': `export type Tenant = { orgId: string }`,
  'lib/db/index.ts': `import pg from 'pg'\nimport '#lib/config'\nimport { PrismaClient } from './generated/client.ts'`,
  'lib/db/generated/client.ts': `export class PrismaClient {}`,
  'lib/egress/index.ts': `import { fetch } from 'undici'\nimport { connect } from 'node:net'\nawait fetch('x')`,
  'lib/vault/index.ts': `import '#lib/db'\nimport { b } from './inner.ts'`,
  'lib/vault/inner.ts': `export const b = 1`,
  'lib/vault/schema.ts': `import { z } from 'zod'\nimport '#lib/connector-kit/schema'`,
  'lib/oauth/index.ts': `import '#lib/vault'\nimport '#lib/egress'`,
  'lib/tenancy/index.ts': `import type { Tenant } from '#lib/proof'\nexport const t = {} as Tenant`,
  'lib/broker/index.ts': `import '#lib/vault'\nimport type { IncomingMessage } from 'node:http'`,
  'lib/broker/pipeline.db.test.ts': `import pg from 'pg'\nimport '../../scripts/testing/database.ts'\nconst t = {} as Tenant`,
  'scripts/testing/database.ts': `import pg from 'pg'`,
}

function check(planted: Record<string, string>) {
  const at = temporaryFolder()
  for (const [path, text] of Object.entries({ ...house, ...planted })) {
    mkdirSync(dirname(join(at, path)), { recursive: true })
    writeFileSync(join(at, path), text)
  }
  return checkBoundaries(at)
}

test('a house that keeps the rules has no breach, and its imports are counted', () => {
  const { files, imports, breaches } = check({})
  expect(breaches).toEqual([])
  expect(files).toBe(Object.keys(house).length - 1)
  expect(imports).toBe(27)
})

test('an empty tree reports that nothing was read', () => {
  const at = temporaryFolder()
  expect(checkBoundaries(at)).toEqual({ files: 0, imports: 0, breaches: [] })
})

const breaches: [name: string, file: string, text: string, reason: string][] = [
  ['lib importing the app', 'lib/vault/x.ts', `import '../../app/page.tsx'`, 'lib imports nothing of app'],
  [
    'lib importing a component',
    'lib/vault/x.ts',
    `import '#components/ui/card'`,
    'lib imports nothing of components',
  ],
  [
    'lib importing the connectors',
    'lib/vault/x.ts',
    `import '#connectors'`,
    'lib imports nothing of connectors',
  ],
  ['the app importing a connector', 'app/x.ts', `import '#connectors'`, 'app may not import connectors'],
  [
    'a component importing a room',
    'components/x.tsx',
    `import '#lib/vault'`,
    'components may not import lib/vault',
  ],
  [
    'a component importing the app',
    'components/x.tsx',
    `import '../app/page.tsx'`,
    'components may not import app',
  ],
  [
    'a connector importing another room',
    'connectors/acme/x.ts',
    `import '#lib/vault'`,
    'connectors may not import lib/vault',
  ],
  ['the sandbox importing a room', 'sandbox/x.ts', `import '#lib/vault'`, 'sandbox may not import lib/vault'],
  [
    'a deep import by a path',
    'app/x.ts',
    `import '../lib/vault/inner.ts'`,
    'lib/vault/inner.ts is inside a room',
  ],
  [
    'a deep import between rooms',
    'lib/broker/x.ts',
    `import '../vault/inner.ts'`,
    'lib/vault/inner.ts is inside a room',
  ],
  [
    'a deep import by the alias',
    'app/x.ts',
    `import '#lib/vault/inner'`,
    '#lib/vault/inner leads to no file',
  ],
  [
    'a domain room importing another',
    'lib/vault/x.ts',
    `import '#lib/tenancy'`,
    'lib/vault may not import lib/tenancy',
  ],
  [
    'the exception the other way',
    'lib/vault/x.ts',
    `import '#lib/oauth'`,
    'lib/vault may not import lib/oauth',
  ],
  [
    'a lower room importing a higher',
    'lib/config/x.ts',
    `import '#lib/db'`,
    'lib/config may not import lib/db',
  ],
  [
    'a type of a higher room',
    'lib/db/x.ts',
    `import type { X } from '#lib/vault'`,
    'lib/db may not import lib/vault',
  ],
  [
    'a re-export of a higher room',
    'lib/db/x.ts',
    `export { X } from '#lib/vault'`,
    'lib/db may not import lib/vault',
  ],
  ['a dynamic import', 'lib/db/x.ts', `await import('#lib/vault')`, 'lib/db may not import lib/vault'],
  [
    'an import over several lines',
    'lib/db/x.ts',
    `import {\n  a, // it's\n} from '#lib/vault'`,
    'lib/db may not import lib/vault',
  ],
  ['a computed import', 'lib/db/x.ts', 'await import(name)', 'a computed import'],
  [
    'a schema with more than zod',
    'lib/vault/schema.ts',
    `import { v7 } from 'uuid'`,
    'a schema.ts imports zod',
  ],
  ['a schema importing a door', 'lib/vault/schema.ts', `import '#lib/config'`, 'a schema.ts imports zod'],
  ['pg outside the db room', 'lib/vault/x.ts', `import pg from 'pg'`, 'pg: only lib/db'],
  [
    'the generated client outside it',
    'lib/vault/x.ts',
    `import '../db/generated/client.ts'`,
    'generated client',
  ],
  [
    'the generated client in a test',
    'lib/vault/x.test.ts',
    `import '../db/generated/client.ts'`,
    'generated client',
  ],
  ['undici outside egress', 'lib/vault/x.ts', `import { request } from 'undici'`, 'undici: only lib/egress'],
  [
    'node:https outside egress',
    'connectors/acme/x.ts',
    `import https from 'node:https'`,
    'node:https: only lib/egress',
  ],
  [
    'a socket outside egress',
    'lib/log/x.ts',
    `import { isIP, connect } from 'node:net'`,
    'node:net: only lib/egress',
  ],
  ['a bare fetch', 'lib/vault/x.ts', `const a = await fetch('https://x')`, 'only lib/egress calls fetch'],
  ['a fetch by its object', 'app/x.ts', `const f = globalThis.fetch`, 'only lib/egress calls fetch'],
  [
    'a proof minted elsewhere',
    'lib/vault/x.ts',
    `const t = {} as Tenant`,
    'only lib/db and lib/tenancy mints Tenant',
  ],
  [
    'a proof minted by a script',
    'scripts/x.ts',
    `const t = {} as Readonly<Intent>`,
    'only lib/broker mints Intent',
  ],
  ['a cast through unknown', 'app/x.ts', `const t = 1 as unknown as string`, 'a cast through unknown'],
  [
    'test code in the product',
    'lib/vault/x.ts',
    `import '../../scripts/testing/database.ts'`,
    'is for tests',
  ],
  ['an import of nothing', 'lib/vault/x.ts', `import './gone.ts'`, './gone.ts leads to no file'],
]

describe('refuses', () => {
  test.for(breaches)('%s', ([, file, text, reason]) => {
    const found = check({ [file]: text }).breaches
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(new RegExp(`^${file.replaceAll('.', '\\.')}:\\d+: `))
    expect(found[0]).toContain(reason)
  })

  test('files that import each other at run time, though not by types alone', () => {
    const types = { 'lib/vault/x.ts': `import './y.ts'`, 'lib/vault/y.ts': `import type { X } from './x.ts'` }
    expect(check(types).breaches).toEqual([])
    const ring = { 'lib/vault/x.ts': `import './y.ts'`, 'lib/vault/y.ts': `import { X } from './x.ts'` }
    expect(check(ring).breaches).toEqual([
      'lib/vault/x.ts:1: import cycle: lib/vault/x.ts → lib/vault/y.ts → lib/vault/x.ts',
    ])
  })
})

test('reads imports as code, not as text', () => {
  const { imports } = readSource(
    [
      `// import './comment.ts'`,
      `/* import './block.ts' */`,
      `const text = "import './string.ts'"`,
      "const page = `import './template.ts' $" + '{await import("./inside.ts")}`',
      `const quote = /['"]/`,
      `import { type A, type B } from './types.ts'`,
      `import type from './named-type.ts'`,
      `import { a } from "./double.ts"; export * as b from './star.ts'`,
      `const url = import.meta.url`,
    ].join('\n'),
  )
  expect(imports.map(({ specifier, line, typeOnly }) => [specifier, line, typeOnly])).toEqual([
    ['./inside.ts', 4, false],
    ['./types.ts', 6, true],
    ['./named-type.ts', 7, false],
    ['./double.ts', 8, false],
    ['./star.ts', 8, false],
  ])
})
