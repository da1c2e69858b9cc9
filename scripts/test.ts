// `npm test`: pure and database tests in Vitest, the fault harness in its short form, then the browser tests against
// an instance of their own.
//   npm test -- --only=unit|db|faults|e2e [--attacks=N] [part of a file's name …]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { buildIfStale } from './build.ts'
import { generateIfStale } from './generate.ts'
import { root, run } from './install.mjs'
import { findChromium } from './testing/chromium.ts'
import { type Part, parts } from './testing/e2e-parts.ts'

/**
 * `failures`: title and first line of each, repeated at the end because a log is often cut to its last lines.
 * `flaky`: the same of those that failed first and passed when repeated: each is a fault, of the product or its test.
 */
type Totals = { passed: number; failed: number; failures?: string[]; flaky?: string[] }

const kinds = ['unit', 'db', 'faults', 'e2e'] as const
const { values, positionals: patterns } = parseArgs({
  options: { only: { type: 'string' }, attacks: { type: 'string' } },
  allowPositionals: true,
})
// A part of a file's name names no fault.
const chosen = kinds.filter((kind) =>
  values.only ? values.only === kind : kind !== 'faults' || patterns.length === 0,
)
if (chosen.length === 0) {
  console.error(`--only=${values.only}: one of ${kinds.join(', ')}`)
  process.exit(1)
}

// How often e2e/attacks tries each of its attacks.
if (values.attacks) process.env.BEHALF_ATTACKS = values.attacks

// The programs below get the terminal's Ctrl-C themselves and clean up; we wait for them.
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = true))

const reports = mkdtempSync(join(tmpdir(), 'behalf-reports-'))
const totals: Totals[] = []
try {
  await generateIfStale()
  const projects = chosen.filter((kind) => kind === 'unit' || kind === 'db')
  if (projects.length) totals.push(await vitest(projects))
  if (chosen.includes('faults') && !interrupted) totals.push(await faults())
  if (chosen.includes('e2e') && !interrupted) {
    await buildIfStale()
    // Unpacked once, before all parts look for it.
    await findChromium()
    totals.push(
      ...(await Promise.all(patterns.length ? [playwright()] : parts.map((part) => playwright(part)))),
    )
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  totals.push({ passed: 0, failed: 1 })
} finally {
  rmSync(reports, { recursive: true, force: true })
}

const passed = totals.reduce((sum, part) => sum + part.passed, 0)
const failed = totals.reduce((sum, part) => sum + part.failed, 0)
for (const failure of totals.flatMap((part) => part.failures ?? [])) console.error(`failed: ${failure}`)
for (const one of totals.flatMap((part) => part.flaky ?? [])) console.error(`flaky: ${one}`)
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
    failures: failuresOfVitest(json as VitestReport),
  }))
}

async function faults(): Promise<Totals> {
  const report = join(reports, 'faults.json')
  const succeeded = await runs('../scripts/faults/run.ts', ['--short', `--json=${report}`])
  return counted(succeeded, report, (json) => json as Totals)
}

/** One part of the browser tests, or those that were named, against an instance of its own. */
async function playwright(part?: Part): Promise<Totals> {
  const report = join(reports, `playwright-${part ?? 'named'}.json`)
  const succeeded = await runs(
    '@playwright/test/cli.js',
    ['test', ...(patterns.length ? ['--pass-with-no-tests', ...patterns] : [])],
    { ...(part && { BEHALF_E2E_PART: part }), BEHALF_E2E_REPORT: report },
  )
  return counted(succeeded, report, (json) => {
    const { expected, unexpected, flaky } = json.stats as Record<'expected' | 'unexpected' | 'flaky', number>
    const suites = (json as PlaywrightSuite).suites ?? []
    return {
      passed: expected + flaky,
      failed: unexpected,
      failures: namedBy('unexpected', suites),
      flaky: namedBy('flaky', suites),
    }
  })
}

type VitestReport = {
  testResults: {
    name: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

function failuresOfVitest({ testResults }: VitestReport): string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message ? [`${relative(root, name)}: ${firstLine(message)}`] : []),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map((test) => `${relative(root, name)}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`),
  ])
}

type PlaywrightSuite = {
  suites?: PlaywrightSuite[]
  specs?: {
    title: string
    file: string
    tests: { status: string; results: { error?: { message?: string } }[] }[]
  }[]
}

/** The tests that ended as `status`, with the first line of what went wrong first. */
function namedBy(status: 'unexpected' | 'flaky', suites: readonly PlaywrightSuite[]): string[] {
  return suites.flatMap(({ suites: inner = [], specs = [] }) => [
    ...specs
      .filter(({ tests }) => tests.some((test) => test.status === status))
      .map(({ file, title, tests }) => {
        const message = tests.flatMap((test) => test.results).find((result) => result.error)?.error?.message
        return `${file}: ${title}: ${firstLine(message)}`
      }),
    ...namedBy(status, inner),
  ])
}

function firstLine(text = ''): string {
  return stripVTControlCharacters(text).split('\n', 1)[0] ?? ''
}

function runs(program: string, args: string[], env: Record<string, string> = {}): Promise<boolean> {
  const whole = { env: { ...process.env, ...env } }
  return run(process.execPath, [join(root, 'node_modules', program), ...args], whole).then(
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
