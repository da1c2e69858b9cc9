// Faults that other tests already drive: named only as long as the test that is claimed exists.
import { readFileSync } from 'node:fs'
import { program } from '../children.ts'
import type { Line } from './table.ts'

const elsewhere: readonly { fault: string; injected: string; file: string; title: string }[] = [
  {
    fault: '1',
    injected: 'a 429 with Retry-After in seconds, as a date, past, or without',
    file: 'lib/broker/upstream/waits.db.test.ts',
    title: 'a call that a 429 with Retry-After %s met is made again, and not before it may',
  },
  {
    fault: '1',
    injected: '20 calls of an account that may not be called',
    file: 'lib/broker/upstream/waits.db.test.ts',
    title: 'while one account may not be called none of its calls leaves, whichever process they are in',
  },
  {
    fault: '1',
    injected: 'a limit of the whole client, over orgs and processes',
    file: 'lib/broker/upstream/waits.db.test.ts',
    title: 'a limit of our client as a whole keeps every account of every org away',
  },
  {
    fault: '2',
    injected: 'a burst of 503 under a read, and under a write without a key',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title:
      'a write that the provider takes no key for is not sent again after a failure: what became of it is unknown',
  },
  {
    fault: '2',
    injected: 'a host that fails for one org',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title: 'a provider that fails for one org is left alone by that org, and called for every other',
  },
  {
    fault: '3',
    injected: 'a body that trickles for a minute',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title: 'a body that trickles ends with the deadline, and a write of it is unknown',
  },
  {
    fault: '4',
    injected: 'a write whose answer is cut off',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title: 'an answer that is cut off leaves a write unknown, and made once',
  },
  {
    fault: '4',
    injected: 'the same under an idempotency key, cut off twice',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title: 'a write under a key is sent again when its answer is cut off, and still made once',
  },
  {
    fault: '5, 6, 7',
    injected: '64 MiB of body, a gzip bomb of 512 MiB, broken JSON, HTML with 200',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title: '%s is refused at the first try, as something that will not pass',
  },
  {
    fault: '7',
    injected: 'nine statuses of a refusal',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title: 'a provider that answers %i is told as %s of category %s',
  },
  {
    fault: '8',
    injected: 'a redirect to a listener inside',
    file: 'lib/broker/upstream/faults.db.test.ts',
    title: 'a redirect is refused, and nothing is heard where it leads',
  },
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
      name: '',
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
