// `npm test`: pure and database tests in Vitest, then the browser tests against an instance of their own.
//   npm test -- --only=unit|db|e2e [part of a file's name …]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfStale } from './build.ts'
import { generateIfStale } from './generate.ts'
import { root, run } from './install.mjs'

type Totals = { passed: number; failed: number }

const kinds = ['unit', 'db', 'e2e'] as const
const { values, positionals: patterns } = parseArgs({
  options: { only: { type: 'string' } },
  allowPositionals: true,
})
const chosen = kinds.filter((kind) => !values.only || values.only === kind)
if (chosen.length === 0) {
  console.error(`--only=${values.only}: one of ${kinds.join(', ')}`)
  process.exit(1)
}

// The programs below get the terminal's Ctrl-C themselves and clean up; we wait for them.
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = true))

const reports = mkdtempSync(join(tmpdir(), 'behalf-reports-'))
const totals: Totals[] = []
try {
  await generateIfStale()
  const projects = chosen.filter((kind) => kind !== 'e2e')
  if (projects.length) totals.push(await vitest(projects))
  if (chosen.includes('e2e') && !interrupted) {
    await buildIfStale()
    totals.push(await playwright())
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  totals.push({ passed: 0, failed: 1 })
} finally {
  rmSync(reports, { recursive: true, force: true })
}

const passed = totals.reduce((sum, part) => sum + part.passed, 0)
const failed = totals.reduce((sum, part) => sum + part.failed, 0)
if (passed + failed === 0) console.error('no test ran')
console.log(`${passed} passed, ${failed} failed`)
process.exit(interrupted ? 130 : failed > 0 || passed === 0 ? 1 : 0)

async function vitest(projects: string[]): Promise<Totals> {
  const report = join(reports, 'vitest.json')
  const succeeded = await runs('vitest/vitest.mjs', [
    'run',
    ...projects.map((name) => `--project=${name}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(patterns.length ? ['--passWithNoTests', ...patterns] : []),
  ])
  return counted(succeeded, report, (json) => ({
    passed: Number(json.numPassedTests),
    failed: Number(json.numFailedTests),
  }))
}

async function playwright(): Promise<Totals> {
  const report = join(reports, 'playwright.json')
  process.env.BEHALF_E2E_REPORT = report
  const succeeded = await runs('@playwright/test/cli.js', [
    'test',
    ...(patterns.length ? ['--pass-with-no-tests', ...patterns] : []),
  ])
  return counted(succeeded, report, ({ stats }) => {
    const { expected, unexpected, flaky } = stats as Record<'expected' | 'unexpected' | 'flaky', number>
    return { passed: expected, failed: unexpected + flaky }
  })
}

function runs(program: string, args: string[]): Promise<boolean> {
  return run(process.execPath, [join(root, 'node_modules', program), ...args]).then(
    () => true,
    () => false,
  )
}

/** A run that ended badly counts as a failure even where no single test did: a file that cannot be read, say. */
function counted(
  succeeded: boolean,
  report: string,
  read: (json: Record<string, unknown>) => Totals,
): Totals {
  let found: Totals = { passed: 0, failed: 0 }
  try {
    found = read(JSON.parse(readFileSync(report, 'utf8')))
  } catch {
    // No report: the program did not get as far.
    succeeded = false
  }
  return succeeded ? found : { ...found, failed: Math.max(1, found.failed) }
}
