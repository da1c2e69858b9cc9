// docs/import.md, read by the code that it describes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { importInput } from '#lib/consent/schema'
import { importFile } from '../commands/import.ts'
import { root } from '../install.mjs'
import { csvColumns, csvRequired, type Entry, fromApiBody, fromCsv, fromNango, type Told } from './entries.ts'
import { csvLines, jsonLines, type Line } from './lines.ts'

const page = readFileSync(join(root, 'docs/import.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'behalf-import-docs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const told: Told = {
  org: 'acme',
  fromOrg: 'acme',
  connector: 'github',
  authConfig: undefined,
  scopes: undefined,
  agents: undefined,
  connectorOf: (key) => ({ 'github-prod': 'github' })[key],
  usersFrom: 'end_user',
  validate: 'probe',
}

/** A block by its name, with a token where the page leaves one out. */
function block(name: string): string {
  const found = new RegExp(`^\`\`\`\\w+ ${name}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1]
  if (!found) throw new Error(`docs/import.md has no block ${name}`)
  return found.replaceAll('…', 'token')
}
const fileOf = (name: string) => {
  const file = join(folder, name)
  writeFileSync(file, block(name))
  return file
}
const bodyOf = (entry: Entry) => importInput.parse('body' in entry ? entry.body : entry)
const values = async (lines: AsyncGenerator<Line>) => {
  const found: unknown[] = []
  for await (const line of lines) found.push('value' in line ? line.value : line)
  return found
}

test('the body that the page shows is one that the API takes', () => {
  expect(importInput.parse(JSON.parse(block('import-body')))).toMatchObject({
    user_id: 'u_42',
    scopes: ['repo'],
  })
})

test('the files that the page shows are files that the command takes', async () => {
  const rows = await values(csvLines(fileOf('import-csv'), csvColumns, csvRequired))
  expect(rows.map((row) => bodyOf(fromCsv(told, row as object)).user_id)).toEqual(['u_42', 'u_43'])
  const bodies = await values(jsonLines(fileOf('import-ndjson')))
  expect(bodies.map((body) => bodyOf(fromApiBody(told, body)).connector)).toEqual(['github', 'slack'])
  const [connection] = await values(jsonLines(join(folder, writeOneLine('import-nango'))))
  expect(bodyOf(fromNango(told, connection))).toMatchObject({
    user_id: 'u_42',
    scopes: ['repo', 'read:user'],
  })
})

function writeOneLine(name: string): string {
  writeFileSync(join(folder, `${name}.line`), JSON.stringify(JSON.parse(block(name))))
  return `${name}.line`
}

test('the options that the page names are those of the command, and none is left out', () => {
  const optionsOf = (text: string) => new Set([...text.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option))
  expect([...optionsOf(page)].sort()).toEqual([...optionsOf(importFile.usage)].sort())
})

test('the columns that the page names are those that are read', () => {
  const csv = /### CSV\n([\s\S]*?)\n### /.exec(page)?.[1] ?? ''
  for (const column of csvColumns) expect(csv).toContain(column)
})
