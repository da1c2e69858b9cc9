import { expect, test } from 'vitest'
import { rotationProgress, type ToldRotation } from './key-words.ts'

const rotation: ToldRotation = {
  kind: 'reencrypt',
  status: 'running',
  to_version: 2,
  total: 3,
  done: 1,
  failed: 0,
  error_code: null,
}

test('a rotation that waits for the end of the old key does not look stuck', () => {
  expect(rotationProgress(rotation)).toBe('1 of 3 sealed values sealed anew.')
  expect(rotationProgress({ ...rotation, done: 3 })).toMatch(/^3 of 3 .*old key is destroyed as soon as/)
  expect(rotationProgress({ ...rotation, total: 0, done: 0 })).toMatch(/^Nothing was sealed yet/)
})

test('a rotation that failed says how much, why, and what to do', () => {
  const failed = { ...rotation, status: 'failed', done: 2, failed: 1 } as const
  expect(rotationProgress({ ...failed, error_code: 'sealed_bytes_do_not_open' })).toMatch(
    /^2 of 3 sealed values\. 1 failed\. .*old key was kept/,
  )
  expect(rotationProgress({ ...failed, kind: 'rewrap', error_code: 'key_service_outage' })).toMatch(
    /did not answer/,
  )
})
