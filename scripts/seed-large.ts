// Fills a database of its own with a million accounts and ten million audit events, and leaves it there:
//   node scripts/seed-large.ts FOLDER [--accounts N]
//   npm run test:scale -- --only=console --seeded FOLDER
import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openCluster } from './scale/cluster.ts'
import { seeded } from './scale/console.ts'

const { values, positionals } = parseArgs({
  options: { accounts: { type: 'string', default: '1000000' } },
  allowPositionals: true,
})
const [given] = positionals
if (given === undefined) throw new Error('node scripts/seed-large.ts FOLDER [--accounts N]')
const folder = resolve(given)
// What is in an instance's own folder is not emptied by mistake.
if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`)
const cluster = await openCluster(folder)
try {
  await seeded(cluster.adminUrl, Number(values.accounts))
} finally {
  await cluster.stop()
}
