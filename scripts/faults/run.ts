// `npm run test:faults`: breaks the product's processes, its database and its provider in every way of THREATS.md B
// that touches vault, refresh and calls, and prints what was injected beside what was seen. With `--planted` every scenario
// breaks the product or its own books first, and is good when its verdict is bad: a check that cannot fail says nothing.
//   npm run test:faults -- [--short] [--only=name,…] [--planted] [--json FILE] [--record]
// `--record` puts what was seen into the table of docs/faults.md.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { generateIfStale } from '../generate.ts'
import { makeBed } from './bed.ts'
import { covered } from './covered.ts'
import { record } from './docs.ts'
import type { Finding, Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { type Line, machine, renderTable } from './table.ts'

const { values } = parseArgs({
  options: {
    short: { type: 'boolean' },
    only: { type: 'string' },
    planted: { type: 'boolean' },
    json: { type: 'string' },
    record: { type: 'boolean' },
  },
})
const planted = values.planted ?? false
const short = values.short ?? planted
const only = values.only?.split(',')
const unknown = only?.filter((name) => !scenarios.some((scenario) => scenario.name === name)) ?? []
if (unknown.length > 0) {
  console.error(`--only: ${unknown.join(', ')} is none of ${scenarios.map(({ name }) => name).join(', ')}`)
  process.exit(1)
}
const chosen = scenarios.filter(({ name, inShort }) => only?.includes(name) ?? (!short || inShort || planted))

/** Longest that one scenario may take; a harness that hangs says nothing. */
const secondsMax = short && !planted ? 240 : 3_600

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => reject(new Error(`interrupted by ${signal}`)))
})
interrupted.catch(() => {})

// What nobody awaited has failed: end what was started all the same.
process.on('uncaughtException', async (error) => {
  console.error(error)
  await bed?.stop()
  process.exit(1)
})

const lines: Line[] = []
let bed: Awaited<ReturnType<typeof makeBed>> | undefined
try {
  await generateIfStale()
  bed = await makeBed(planted)
  for (const scenario of chosen) lines.push(...(await Promise.race([examine(scenario, bed), interrupted])))
} catch (error) {
  const observed = error instanceof Error ? error.message : String(error)
  lines.push({ fault: '–', name: '', injected: 'the harness itself', observed, verdict: 'BAD' })
} finally {
  await bed?.stop()
}
if (!short && !only && !planted) lines.push(...covered())

if (values.record && !planted) record(lines)
console.log(`\n${machine()}\n\n${renderTable(lines)}\n`)
const bad = lines.filter(({ verdict }) => verdict === 'BAD')
const good = lines.filter(({ verdict }) => verdict === 'ok')
if (values.json) {
  const failures = bad.map(({ fault, injected, observed }) => `fault ${fault}: ${injected}: ${observed}`)
  writeFileSync(values.json, JSON.stringify({ passed: good.length, failed: bad.length, failures }))
}
console.log(`${good.length} passed, ${bad.length} failed`)
process.exit(bad.length > 0 || good.length === 0 ? 1 : 0)

/** Of a scenario that was broken on purpose. */
function caught({ fault, name, plants }: Scenario, found: readonly Finding[]): Line {
  const bad = found.find(({ ok }) => !ok)
  return {
    fault,
    name,
    injected: `planted in ${name}: ${plants}`,
    observed: bad ? `found: ${bad.observed}` : 'not found',
    verdict: bad ? 'ok' : 'BAD',
  }
}

async function examine(scenario: Scenario, on: NonNullable<typeof bed>): Promise<Line[]> {
  const started = performance.now()
  const { fault, name } = scenario
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${secondsMax} s`)), secondsMax * 1000)
  })
  try {
    await on.provider.reset()
    await on.forgetOutcomes()
    await on.dismiss()
    const found = await Promise.race([scenario.run(on, short), tooLong])
    if (planted) return [caught(scenario, found)]
    return found.map(({ fault: own, injected, observed, ok }) => ({
      fault: own ?? fault,
      name,
      injected,
      observed,
      verdict: ok ? ('ok' as const) : ('BAD' as const),
    }))
  } catch (error) {
    const observed = error instanceof Error ? (error.stack ?? error.message) : String(error)
    console.error(`${name}: ${observed}`)
    return [{ fault, name, injected: '', observed: observed.split('\n', 1)[0] ?? '', verdict: 'BAD' }]
  } finally {
    clearTimeout(timer)
    console.error(`${fault} ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
}
