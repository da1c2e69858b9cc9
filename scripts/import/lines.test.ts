import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { csvLines, jsonLines, type Line } from './lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'behalf-import-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const put = (text: string) => {
  const file = join(folder, 'file')
  writeFileSync(file, text)
  return file
}
const all = async (lines: AsyncGenerator<Line>) => {
  const found: Line[] = []
  for await (const line of lines) found.push(line)
  return found
}
const csv = (text: string) => all(csvLines(put(text), ['user_id', 'access_token', 'scopes'], ['user_id']))

test('reads CSV with quotes, a byte order mark and empty lines, and says on which line each row ends', async () => {
  expect(await csv('\uFEFFuser_id,access_token,scopes\r\nu_1,at-1,"a b"\r\n\r\nu_2,"at,""2""",\r\n')).toEqual(
    [
      { line: 2, value: { user_id: 'u_1', access_token: 'at-1', scopes: 'a b' } },
      { line: 4, value: { user_id: 'u_2', access_token: 'at,"2"', scopes: '' } },
    ],
  )
})

test('reports a row that is no row and goes on after it', async () => {
  const found = await csv('user_id,access_token\nu_1,at-1\nu_2\nu_3,at-3,more\nu_4,at-4\n')
  expect(found.filter((line) => 'value' in line)).toMatchObject([
    { line: 2, value: { user_id: 'u_1' } },
    { line: 5, value: { user_id: 'u_4' } },
  ])
  expect(found.filter((line) => 'problem' in line).map(({ line }) => line)).toEqual([3, 4])
})

test.each([
  ['a column that is misspelt', 'user_id,acces_token\nu_1,at-secret\n', 'column 2 of the header'],
  ['no header at all', 'u_1,at-secret\n', 'column 1 of the header'],
  ['a column too few', 'access_token\nat-secret\n', 'no column "user_id"'],
])('refuses %s, quoting nothing that may be a token', async (_, text, words) => {
  const error: Error = await csv(text).then(
    () => new Error('accepted'),
    (thrown) => thrown,
  )
  expect(error.message).toContain(words)
  expect(error.message).not.toContain('at-secret')
})

test('reads one JSON object a line, and a bad line costs that line alone', async () => {
  expect(await all(jsonLines(put('\uFEFF{"a":1}\n\n{"a":\r\n[2]\n{"a":3}')))).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 3, problem: 'invalid_json' },
    { line: 4, value: [2] },
    { line: 5, value: { a: 3 } },
  ])
})

test('takes a JSON array apart element by element, whatever brackets and quotes are in its strings', async () => {
  const text =
    '\n[\n  {"a": "]},{\\"[", "b": [1, {"c": "\\\\"}]},\n  {"a": bad},\n  7, "x,y",\n  {\n    "a": 2\n  }\n]\n'
  expect(await all(jsonLines(put(text)))).toEqual([
    { line: 3, value: { a: ']},{"[', b: [1, { c: '\\' }] } },
    { line: 4, problem: 'invalid_json' },
    { line: 5, value: 7 },
    { line: 5, value: 'x,y' },
    { line: 6, value: { a: 2 } },
  ])
})

test('says that an array ends too early, and that an entry is too large', async () => {
  expect(await all(jsonLines(put('[{"a":1},\n{"a":')))).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 2, problem: 'unexpected_end' },
  ])
  const huge = JSON.stringify({ a: 'x'.repeat(1024 * 1024) })
  for (const text of [`${huge}\n{"a":1}`, `[${huge},\n{"a":1}]`]) {
    expect(await all(jsonLines(put(text)))).toEqual([
      { line: 1, problem: 'too_large' },
      { line: 2, value: { a: 1 } },
    ])
  }
})
