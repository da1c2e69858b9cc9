// What the documentation claims and a machine can check.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '#lib/config'
import { type ErrorCode, errorTable } from '#lib/errors'
import { renderMetrics } from '#lib/log'
import { contracts } from '../app/api/v1/openapi.json/contracts.ts'
import { advice } from '../app/docs/errors/advice.ts'
import { connectors } from '../connectors/registry.ts'
import { commands } from './commands/index.ts'
import { root } from './install.mjs'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md', 'sdk/*.md', 'sandbox/*.md'], { cwd: root }).sort()
const sources = (...patterns: string[]) =>
  globSync(patterns, { cwd: root }).filter(
    (file) => !/\.(test|spec)\.|^lib\/db\/generated\/|\/testing\//.test(file.replaceAll('\\', '/')),
  )
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

/** Set by the supervisor for its children, or by Node's world; no operator has to know them. */
const notForOperators = new Set([
  'NODE_ENV',
  'NEXTAUTH_URL',
  'VITEST',
  'AWS_EC2_METADATA_DISABLED',
  'BEHALF_SANDBOX_CONTROL_KEY',
  'BEHALF_SANDBOX_CLIENT_SECRET',
])

test('the configuration table names exactly the variables that are read', () => {
  const schema = sources('lib/config/*.ts').flatMap((file) =>
    matches(read(file), /^ {2}([A-Z][A-Z0-9_]+): /gm),
  )
  const elsewhere = sources(
    '{lib,app}/**/*.{ts,tsx}',
    'scripts/environment.ts',
    '{server,worker,proxy}.ts',
    'runtime/*.ts',
  ).flatMap((file) => matches(read(file), /\b(?:process\.env|env|given)\.([A-Z][A-Z0-9_]+)\b/g))
  const variables = new Set([...schema, ...elsewhere].filter((name) => !notForOperators.has(name)))
  expect(variables.size).toBeGreaterThan(15)
  const table = /## Configuration\n([\s\S]*?)\n## /.exec(read('README.md'))?.[1] ?? ''
  const documented = matches(table, /^\| (.+?) \|/gm).flatMap((cell) => matches(cell, /`([A-Z][A-Z0-9_]+)`/g))
  expect(documented.sort()).toEqual([...variables].sort())
})

test('the defaults of the configuration table are those that are taken', () => {
  const config = readConfig({
    DATABASE_URL: 'postgres://app@db/behalf',
    BEHALF_MASTER_KEY: Buffer.alloc(32).toString('base64'),
    BEHALF_SESSION_SECRET: 's'.repeat(32),
  })
  const rows = read('README.md').split('\n')
  const defaultOf = (name: string) =>
    rows
      .find((row) => row.startsWith(`| \`${name}\``))
      ?.split(' | ')[1]
      ?.replaceAll('`', '')
  expect(defaultOf('PORT')).toBe(`${config.port}, ${config.host}`)
  expect(defaultOf('BEHALF_PUBLIC_URL')?.replace('$PORT', String(config.port))).toBe(config.publicUrl)
  expect(defaultOf('BEHALF_EGRESS_DEFAULT')).toBe(config.egressDefault)
})

const errorsPage = () => {
  const entries = (Object.keys(errorTable) as ErrorCode[]).map((code) => {
    const { status, title, retryable } = errorTable[code]
    const { when, act } = advice[code]
    return [`## ${code}`, `**${status}**, ${title}${retryable ? ', may be repeated' : ''}.`, when, act].join(
      '\n\n',
    )
  })
  return `# Errors

Every refusal is a problem document (RFC 9457), \`application/problem+json\`. Its \`type\` is an address of the page
\`/docs/errors\` of the instance, which says the same as this one. \`code\` is stable; \`title\` and \`detail\` are for people.
\`trace_id\` finds the request in the log. \`retryable\` says whether the same request may succeed later. Where they apply
there are also \`param\`, \`errors[]\`, \`retry_after_seconds\`, \`connect_url\`, \`required_scopes\`, \`granted_scopes\`,
\`policy_ids\`, \`upstream\`, \`category\`, \`outcome\` and \`execution_id\`.

This page is made from the error table and its advice; \`npx vitest run -u scripts/docs.test.ts\` renews it.

${entries.join('\n\n')}
`
}

test('the page of errors is what the error table and its advice say', async () => {
  await expect(errorsPage()).toMatchFileSnapshot(join(root, 'docs/errors.md'))
})

/** As GitHub makes them: lower case, punctuation dropped, spaces to hyphens. */
const anchorsOf = (page: string) =>
  matches(page.replace(/^```[\s\S]*?^```/gm, ''), /^#{1,6} (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )

test('every relative link leads to a file, and to a heading that is there', () => {
  let links = 0
  for (const page of pages) {
    const text = read(page).replace(/^```[\s\S]*?^```/gm, '')
    for (const link of matches(text, /\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? join(root, page) : resolve(root, dirname(page), path)
      expect(existsSync(target), `${page}: ${link}`).toBe(true)
      if (anchor) expect(anchorsOf(readFileSync(target, 'utf8')), `${page}: ${link}`).toContain(anchor)
      links++
    }
  }
  expect(links).toBeGreaterThan(40)
})

test('every command that a page tells to run exists', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts)
  let told = 0
  for (const page of pages) {
    for (const line of matches(read(page), /npm run (?:-s |--silent )?behalf -- ([a-z-]+(?: [a-z]+)?)/g)) {
      const known = commands.some(({ name }) => line === name || line.startsWith(`${name} `))
      expect(known, `${page}: ${line}`).toBe(true)
      told++
    }
    for (const script of matches(read(page), /npm run ([a-z]+)/g)) expect(scripts, page).toContain(script)
  }
  expect(told).toBeGreaterThan(10)
})

test('the table of commands has every command', () => {
  const operations = read('docs/operations.md')
  for (const { name } of commands) expect(operations).toContain(`| \`npm run behalf -- ${name}`)
})

test('every operation that a page names exists', () => {
  const known = new Set(contracts.map(({ method, path }) => `${method} ${path}`))
  let named = 0
  for (const page of pages) {
    for (const text of matches(read(page), /`((?:GET|POST|PUT|PATCH|DELETE) \/api\/v1\/[^`?]+)/g)) {
      if (text.endsWith('/openapi.json')) continue
      expect(known, page).toContain(text)
      named++
    }
  }
  expect(named).toBeGreaterThan(10)
})

test('the table of metrics is what /metrics has of ours', async () => {
  const { body } = await renderMetrics()
  const exposed = matches(body, /^# TYPE (behalf_\w+) /gm)
  expect(exposed.length).toBeGreaterThan(3)
  const documented = matches(read('docs/operations.md'), /^\| `(behalf_\w+)` \|/gm)
  expect(documented.sort()).toEqual(exposed.sort())
})

test('the table of connectors has every connector', () => {
  const documented = matches(read('docs/connectors.md'), /^\| `(\w+)` \|/gm)
  expect(documented.sort()).toEqual(Object.keys(connectors).sort())
})

test('no page is forgotten by the index', () => {
  const index = read('docs/README.md')
  for (const page of pages.filter((file) => file.startsWith('docs/') && file !== 'docs/README.md')) {
    expect(index, page).toContain(`(${page.slice('docs/'.length)})`)
  }
})
