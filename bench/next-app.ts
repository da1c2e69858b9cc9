// Builds the two route handlers that Next's own cost is measured with. An app of its own: they must not ship.
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from '../scripts/install.mjs'
import { readOr, withLock } from '../scripts/lock.ts'

/** The folder of the app. */
export const nextApp = join(root, 'bench/next-app')

const stamp = join(nextApp, '.next/bench-build')

function sourcesHash(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  const files = globSync(['app/**/*.ts', '*.ts', 'tsconfig.json'], { cwd: nextApp })
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(nextApp, file)))
  return hash.digest('hex')
}

export function buildNextAppIfStale(): Promise<void> {
  return withLock(join(root, 'node_modules/.behalf-bench.lock'), async () => {
    const wanted = sourcesHash()
    if (readOr(stamp, '') === wanted) return
    const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' }
    await run(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), 'build', nextApp], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    writeFileSync(stamp, wanted)
  })
}
