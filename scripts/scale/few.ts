// The console beside few accounts, for `npm run test:scale` to compare with; writes the figures into the file that is named.
import { rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { throwawayFolder } from '../testing/throwaway.ts'
import { openCluster } from './cluster.ts'
import { consoleFigures, seeded } from './console.ts'
import { writtenFigures } from './figures.ts'

/** Ten times as many events. */
const accounts = 10_000

const { values, positionals } = parseArgs({
  options: { find: { type: 'string' }, rounds: { type: 'string', default: '7' } },
  allowPositionals: true,
})
const [file] = positionals
if (file === undefined) throw new Error('node scripts/scale/few.ts FILE')
const folder = throwawayFolder('behalf-scale-few-')
try {
  const cluster = await openCluster(folder)
  try {
    await seeded(cluster.adminUrl, accounts)
    const figures = await consoleFigures(cluster.adminUrl, {
      find: values.find,
      rounds: Number(values.rounds),
    })
    writeFileSync(file, writtenFigures(figures))
  } finally {
    await cluster.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
