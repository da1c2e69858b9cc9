import { expect, test } from 'vitest'
import { attachment, dispositionName, fileField, mediaTypeOf, safeFileName } from './files.ts'

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ana\\plan.pdf', 'plan.pdf'],
  ['plan\r\nSet-Cookie: a=b.pdf', 'planSet-Cookie_ a=b.pdf'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['.bashrc', 'bashrc'],
  ['plan.pdf. . ', 'plan.pdf'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['a<b>:"|?*.txt', 'a_b______.txt'],
  ['..', 'file'],
  ['', 'file'],
  ['\ud800', 'file'],
  ['Rechnung März.pdf', 'Rechnung März.pdf'],
])('the name %j is saved as %j', (name, safe) => {
  // A lone half of a character is none.
  expect(safeFileName(name).replaceAll('\ufffd', '') || 'file').toBe(safe)
})

test('a long name keeps what says which kind of file it is', () => {
  expect(safeFileName(`${'x'.repeat(5000)}.pdf`)).toBe(`${'x'.repeat(120)}.pdf`)
  expect(safeFileName('😀'.repeat(500)).isWellFormed()).toBe(true)
})

test('whatever a file is called, its header is one header that says one name', () => {
  const signs = [
    '"',
    '\\',
    '%',
    ';',
    "'",
    '\r',
    '\n',
    '\0',
    'ä',
    '😀',
    '\ud800',
    '/',
    'a',
    ' ',
    '*',
    '=',
    '\u202e',
  ]
  for (let at = 0; at < 3000; at++) {
    const name = Array.from({ length: at % 12 }, () => signs[Math.floor(Math.random() * signs.length)]).join(
      '',
    )
    const header = attachment(name)
    expect(header, JSON.stringify(name)).toMatch(
      /^attachment; filename="[\x20-\x21\x23-\x24\x26-\x5b\x5d-\x7e]*"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/,
    )
    expect(new Headers({ 'content-disposition': header }).get('content-disposition')).toBe(header)
    expect(dispositionName(header)).toBe(safeFileName(name))
  }
})

test.each([
  ['attachment; filename*=UTF-8\'\'M%C3%A4rz.pdf; filename="Marz.pdf"', 'März.pdf'],
  ['attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'],
  ['attachment; filename=plain.pdf; size=3', 'plain.pdf'],
  ["attachment; filename*=UTF-8''%E0%A4%A; filename=fallback.txt", 'fallback.txt'],
  ['inline', null],
  [null, null],
])('the name in %j is %j', (header, name) => {
  expect(dispositionName(header)).toBe(name)
})

test.each([
  ['Text/HTML; charset=utf-8', 'text/html'],
  ['application/pdf', 'application/pdf'],
  ['no type', 'application/octet-stream'],
  ['a/b\r\nx: y', 'application/octet-stream'],
  ['', 'application/octet-stream'],
  [null, 'application/octet-stream'],
])('the type %j is %j', (header, type) => {
  expect(mediaTypeOf(header)).toBe(type)
})

test('a tool says what it takes, and takes nothing else', () => {
  const field = fileField({ bytesMax: 100, mediaTypes: ['application/pdf'] })
  const file = { name: 'a.pdf', media_type: 'application/pdf', size_bytes: 100, sha256: 'a'.repeat(64) }
  const takes = (change: object) => field.safeParse({ ...file, ...change }).success
  expect(takes({})).toBe(true)
  for (const change of [
    { media_type: 'text/html' },
    { media_type: 'application/pdf\r\nx: y' },
    { size_bytes: 101 },
    { size_bytes: -1 },
    { size_bytes: 1.5 },
    { sha256: 'A'.repeat(64) },
    { sha256: 'a'.repeat(63) },
    { path: '/tmp' },
  ])
    expect(takes(change), JSON.stringify(change)).toBe(false)
})
