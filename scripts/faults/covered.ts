// Faults that other tests already drive: named only as long as the test that is claimed exists.
import { readFileSync } from 'node:fs'
import { program } from '../children.ts'
import type { Line } from './table.ts'

const elsewhere: readonly { fault: string; injected: string; file: string; title: string }[] = [
  {
    fault: 'V4',
    injected: 'revocation under 64 calls, by the route of the broker',
    file: 'lib/connect/ending/revoke-to-refusal.db.test.ts',
    title: 'lets no call through that was started after a revocation answered',
  },
  {
    fault: '19',
    injected: 'no connection free in the pool',
    file: 'lib/db/faults.db.test.ts',
    title: 'says unavailable in a bounded time when no connection is free',
  },
  {
    fault: '20',
    injected: 'two transactions that lock each other out',
    file: 'lib/db/faults.db.test.ts',
    title: 'runs a transaction again when two lock each other out',
  },
  {
    fault: '27',
    injected: 'no audit event can be written',
    file: 'lib/broker/fail-closed.db.test.ts',
    title: 'without %s no call is made, and with it back the next one is',
  },
  {
    fault: '30',
    injected: 'the master key replaced while running',
    file: 'lib/vault/rotation.db.test.ts',
    title: 'a master key is replaced while running, and the old one is needed by nothing',
  },
  {
    fault: '31',
    injected: 'a key service that does not answer',
    file: 'lib/vault/own-key.db.test.ts',
    title: 'an outage leaves those calls working whose keys are in hand, and refuses the others',
  },
  {
    fault: '33',
    injected: 'a thousand callers at a cold key cache',
    file: 'lib/vault/key-cache.test.ts',
    title: 'a thousand callers at once ask the row and the service once',
  },
  {
    fault: 'V1',
    injected: 'every table and the write-ahead log searched for plaintext',
    file: 'lib/vault/plaintext.db.test.ts',
    title: 'no table and no write-ahead log ever holds a credential',
  },
  {
    fault: 'V4',
    injected: "an org's keys destroyed, its data restored from an older dump with the newest keyring",
    file: 'lib/vault/backup.db.test.ts',
    title:
      "in a database restored from older data and the newest keyring, a destroyed org's secrets stay shut",
  },
]

export const covered = (): Line[] =>
  elsewhere.map(({ fault, injected, file, title }) => {
    const there = readOrNothing(program(file)).includes(title)
    return {
      fault,
      injected,
      observed: there ? `covered by ${file}` : `${file} has no test "${title}"`,
      verdict: there ? 'covered' : 'BAD',
    }
  })

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
