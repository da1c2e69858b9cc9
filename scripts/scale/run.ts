// `npm run test:scale`: whether the product still answers when there is much of everything. Its figures are printed, its
// bars are kept: it exits with 1 when one is missed.
//   npm run test:scale -- [--only=console|audit] [--accounts N] [--events N] [--seeded FOLDER] [--find TEXT] [--rounds N]
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { throwawayFolder } from '../testing/throwaway.ts'
import { auditAtScale } from './audit.ts'
import { openCluster } from './cluster.ts'
import { consoleAtScale, seeded } from './console.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    /** Of the large organization; ten times as many events. */
    accounts: { type: 'string', default: '1000000' },
    /** That are appended, exported and verified. */
    events: { type: 'string', default: '1000000' },
    /** What `scripts/seed-large.ts` left, to be measured as it is. */
    seeded: { type: 'string' },
    /** Only queries whose name has this in it. */
    find: { type: 'string' },
    /** How often each query is asked. */
    rounds: { type: 'string', default: '7' },
  },
})

const folder = values.seeded ?? throwawayFolder('behalf-scale-')
const good: boolean[] = []
try {
  const cluster = await openCluster(folder)
  try {
    if (values.only !== 'audit') {
      if (values.seeded === undefined) await seeded(cluster.adminUrl, Number(values.accounts))
      const asked = { find: values.find, rounds: Number(values.rounds) }
      good.push(await consoleAtScale(cluster.adminUrl, asked))
    }
    if (values.only !== 'console') good.push(await auditAtScale(join(folder), Number(values.events)))
  } finally {
    await cluster.stop()
  }
} finally {
  if (values.seeded === undefined) rmSync(folder, { recursive: true, force: true })
}
process.exit(good.every(Boolean) ? 0 : 1)
