// Makes the database client from prisma/schema.prisma when the schema changed (`lib/db/generated`, not in git).
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, step } from './install.mjs'
import { readOr, withLock } from './lock.ts'

const output = join(root, 'lib/db/generated')

/** Does nothing when the client was made from this schema by this version of Prisma. */
export async function generateIfStale(): Promise<void> {
  const stamp = join(output, '.behalf')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'prisma/schema.prisma')))
    .update(readFileSync(join(root, 'node_modules/prisma/package.json')))
    .digest('hex')
  await withLock(join(root, 'node_modules/.behalf-generate.lock'), async () => {
    if (existsSync(stamp) && readOr(stamp, '') === wanted) return
    await step('Generating the database client', async () => {
      // Prisma insists on an engine for its migration commands; `generate` never starts it, so that any
      // executable does and nothing is downloaded.
      const env = {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      }
      const cli = join(root, 'node_modules/prisma/build/index.js')
      await run(process.execPath, [cli, 'generate', '--no-hints'], {
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      writeFileSync(stamp, wanted)
    })
  })
}

if (process.argv[1] === import.meta.filename) await generateIfStale()
