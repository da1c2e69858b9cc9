import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOrCreateSecrets } from './secrets.ts'
import { temporaryFolder } from './testing/temporary.ts'

const folder = () => join(temporaryFolder(), 'not', 'there', 'yet')

test('makes the secrets once, readable by their owner alone', () => {
  const dir = folder()
  const first = readOrCreateSecrets(dir)
  expect(Buffer.from(first.masterKey, 'base64')).toHaveLength(32)
  expect(readOrCreateSecrets(dir)).toEqual(first)
  expect(statSync(join(dir, 'secrets.json')).mode & 0o777).toBe(0o600)
  expect(readdirSync(dir)).toEqual(['secrets.json'])
})

test('two data folders share no secret', () => {
  const one = Object.values(readOrCreateSecrets(folder()))
  const other = Object.values(readOrCreateSecrets(folder()))
  expect(new Set([...one, ...other]).size).toBe(one.length + other.length)
})

test('never replaces a file that it cannot read', () => {
  const dir = folder()
  readOrCreateSecrets(dir)
  writeFileSync(join(dir, 'secrets.json'), '{ torn')
  expect(() => readOrCreateSecrets(dir)).toThrow(/secrets.json cannot be read/)
})
