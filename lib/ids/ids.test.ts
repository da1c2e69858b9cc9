import { expect, test } from 'vitest'
import { leastIdAt, newId, newToken, parseId, publicId, sha256 } from './index.ts'

test('turns an internal id into its public form and back', () => {
  const id = newId()
  expect(publicId('connected_account', id)).toMatch(/^ca_[0-9a-f]{32}$/)
  expect(parseId('connected_account', publicId('connected_account', id))).toBe(id)
})

test('refuses an id of another kind, of another length or with other characters', () => {
  const id = publicId('agent', newId())
  expect(parseId('connected_account', id)).toBeNull()
  expect(parseId('agent', `${id}0`)).toBeNull()
  expect(parseId('agent', id.toUpperCase())).toBeNull()
  expect(parseId('agent', `${id}' or 1=1`)).toBeNull()
})

test('makes ids that sort by the time they were made', () => {
  const ids = Array.from({ length: 50 }, newId)
  expect([...ids].sort()).toEqual(ids)
})

test('no id that is made from a moment on is below the least of it', () => {
  const now = Date.now()
  const id = newId()
  expect(leastIdAt(new Date(now)) < id).toBe(true)
  expect(leastIdAt(new Date(now + 1_000)) > id).toBe(true)
  expect(leastIdAt(new Date(-1))).toBe('00000000-0000-7000-8000-000000000000')
})

test('never makes the same token twice and stores only its digest', () => {
  const token = newToken('sk')
  expect(token).not.toBe(newToken('sk'))
  expect(token).toMatch(/^bhf_sk_[\w-]{43}$/)
  expect(Buffer.from(sha256(token)).toString()).not.toContain(token)
})
