// `npm run build`: the web app for production. `npm start` builds only when a source changed since.
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateIfStale } from './generate.ts'
import { root, run, step } from './install.mjs'
import { readOr, withLock } from './lock.ts'

const stamp = join(root, '.next/behalf-build')

/** Everything the build reads, tests apart. */
const sources = [
  '{app,components,connectors,lib,public,runtime}/**/*.*',
  '*.{ts,mjs}',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'prisma/schema.prisma',
]
const notSources = /(^lib\/db\/generated\/|\.test\.tsx?$|^(vitest|playwright)\.config\.ts$|^next-env\.d\.ts$)/

/** One word for the state of all sources. */
export function sourcesHash(at = root): string {
  const hash = createHash('sha256')
  // A folder may be named like a file: `openapi.json` is a route.
  const isSource = (file: string) => !notSources.test(file) && statSync(join(at, file)).isFile()
  const files = globSync(sources, { cwd: at }).filter(isSource)
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(at, file)))
      .update('\0')
  return hash.digest('hex')
}

export async function buildIfStale(): Promise<void> {
  await generateIfStale()
  await withLock(join(root, 'node_modules/.behalf-build.lock'), async () => {
    const wanted = sourcesHash()
    if (existsSync(join(root, '.next/BUILD_ID')) && readOr(stamp, '') === wanted) return
    await step('Building the web app', () => build(wanted))
  })
}

async function build(wanted: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' }
  await run(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), 'build'], { env })
  writeFileSync(stamp, wanted)
}

if (process.argv[1] === import.meta.filename) {
  await generateIfStale()
  await withLock(join(root, 'node_modules/.behalf-build.lock'), () => build(sourcesHash()))
}
