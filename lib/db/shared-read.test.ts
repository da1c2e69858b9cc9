import { expect, test } from 'vitest'
import { sharedRead } from './shared-read.ts'

/** Reads that end when they are told to, each with its number. */
function held() {
  const reads: { key: string; end: () => void; fail: () => void }[] = []
  const ask = sharedRead(
    (key) =>
      new Promise<number>((done, failed) => {
        const n = reads.length + 1
        reads.push({ key, end: () => done(n), fail: () => failed(new Error(`read ${n}`)) })
      }),
  )
  return { reads, ask }
}

test('no answer is older than its question: who asks while a read runs gets the one after it, and shares it', async () => {
  const { reads, ask } = held()
  const first = ask('a')
  const later = [ask('a'), ask('a'), ask('a')]
  expect(reads).toHaveLength(1)
  reads[0]?.end()
  expect(await first).toBe(1)
  await expect.poll(() => reads.length).toBe(2)
  const last = ask('a')
  reads[1]?.end()
  expect(await Promise.all(later)).toEqual([2, 2, 2])
  await expect.poll(() => reads.length).toBe(3)
  reads[2]?.end()
  expect(await last).toBe(3)
  void ask('a')
  expect(reads).toHaveLength(4)
})

test('what is asked for by another name is another read, and waits for none', async () => {
  const { reads, ask } = held()
  const [one, other] = [ask('a'), ask('b')]
  expect(reads.map(({ key }) => key)).toEqual(['a', 'b'])
  reads[1]?.end()
  expect(await other).toBe(2)
  reads[0]?.end()
  expect(await one).toBe(1)
})

test('a read that fails fails for those who shared it, and the next is another', async () => {
  const { reads, ask } = held()
  const first = ask('a')
  const second = ask('a')
  reads[0]?.fail()
  await expect(first).rejects.toThrow('read 1')
  await expect.poll(() => reads.length).toBe(2)
  reads[1]?.end()
  expect(await second).toBe(2)
})
