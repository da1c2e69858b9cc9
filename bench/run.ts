// `npm run bench`: a tool call through Behalf beside what it is made of, on this machine, in one run.
//   npm run bench -- [--only=execute|memory|portal|policy|growth|tokens|mcp] [--quick] [--json FILE]
import type { ChildProcess } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { buildIfStale } from '../scripts/build.ts'
import { program } from '../scripts/children.ts'
import { step } from '../scripts/install.mjs'
import { freePort } from '../scripts/postgres.ts'
import { postmasterOf } from '../scripts/processor.ts'
import { throwawayFolder } from '../scripts/testing/throwaway.ts'
import { startBehalf } from './behalf.ts'
import { type Figures, mediansOf, missedBars, type Result, ratiosOf, renderTable } from './figures.ts'
import { benchGrowth } from './growth.ts'
import { benchMcp } from './mcp.ts'
import { type Asked, callOf, drive, measure } from './measure.ts'
import { benchMemory } from './memory.ts'
import { buildNextAppIfStale, nextApp } from './next-app.ts'
import { benchPolicy } from './policy.ts'
import { benchPortal } from './portal.ts'
import { Programs, rssMbOf } from './programs.ts'
import { benchTokens } from './tokens.ts'
import { variantsOf } from './variants.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, only: { type: 'string' } },
})
const only = values.only ?? 'execute'
const kinds = ['execute', 'memory', 'portal', 'policy', 'growth', 'tokens', 'mcp']
if (!kinds.includes(only)) {
  console.error(`--only=${only}: one of ${kinds.join(', ')}`)
  process.exit(1)
}
// It needs no process but this one.
if (only === 'policy') process.exit((await benchPolicy(values.quick ? 1_000 : 5_000)) ? 0 : 1)
// These need a database, and no process but this one.
if (only === 'mcp') process.exit((await benchMcp(values.quick ? 50 : 200)) ? 0 : 1)
if (only === 'tokens') {
  const own = throwawayFolder('behalf-bench-')
  const met = await benchTokens(own, values.quick ? 5_000 : 20_000)
  rmSync(own, { recursive: true, force: true })
  process.exit(met ? 0 : 1)
}
// A program is compiled while it is called: what is measured before that is not what it does all day, and the one with the
// most code takes the longest.
const { rounds, seconds, warmUp, runSecondsMax } = values.quick
  ? { rounds: 2, seconds: 0.8, warmUp: { requests: 2_000, seconds: 8 }, runSecondsMax: 180 }
  : { rounds: 5, seconds: 3, warmUp: { requests: 12_000, seconds: 90 }, runSecondsMax: 2_400 }
const concurrencies = [1, 16, 64]

/** A program as the load sees it. */
type Target = { id: string; name: string; pid: number | null; request: Asked }

const folder = throwawayFolder('behalf-bench-')
const programs = new Programs(folder)
let failed = false
try {
  if (only === 'execute') await step('Building the empty Next app', buildNextAppIfStale)
  await buildIfStale()
  const tooLong = new Promise<never>((_, reject) => {
    const after = () => reject(new Error(`not done within ${runSecondsMax} s`))
    setTimeout(after, runSecondsMax * 1000).unref()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(signal)))
  })
  const runs: Record<string, () => Promise<void>> = { portal, growth, memory }
  await Promise.race([(runs[only] ?? bench)(), tooLong])
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`)
  failed = true
} finally {
  await programs.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(failed ? 1 : 0)

async function portal(): Promise<void> {
  const met = await benchPortal(programs, folder, await freePorts(3), values.quick ? 1 : 5, values.json)
  failed = !met
}

async function bench(): Promise<void> {
  const { targets, firstStartSeconds, postmaster } = await startAll()
  const load = await programs.fork('load')
  for (const target of targets) await assertWorks(target)
  await step('Warming up', async () => {
    for (const { request } of targets) await drive(load, { ...request, connections: 16, ...warmUp })
  })
  const measured = await step(`${rounds} rounds of ${seconds} s each`, () =>
    runRounds(load, targets, postmaster),
  )
  const results = targets.map(({ id, name, pid }): Result => {
    const at = concurrencies.map((connections) => [connections, mediansOf(measured(id, connections))])
    return { id, name, rssMb: pid === null ? null : rssMbOf(pid), at: Object.fromEntries(at) }
  })
  report(results, firstStartSeconds)
  const erred = results.some(({ at }) => Object.values(at).some(({ errors }) => errors > 0))
  const missed = missedBars(results, concurrencies)
  for (const bar of missed) console.error(`  ! ${bar}`)
  failed = erred || missed.length > 0
}

async function growth(): Promise<void> {
  const met = await benchGrowth(programs, folder, await freePorts(2), values.quick ?? false)
  failed = !met
}

async function memory(): Promise<void> {
  failed = !(await benchMemory(programs, folder, await freePorts(2)))
}

async function startAll(): Promise<{ targets: Target[]; firstStartSeconds: number; postmaster: number }> {
  const ports = await freePorts(4)
  const [upstreamPort = 0, ceilingPort = 0, nextPort = 0, port = 0] = ports
  const upstreamUrl = `http://127.0.0.1:${upstreamPort}`
  const upstream = await programs.fork('upstream', [String(upstreamPort)])
  const behalf = await step('Starting an instance and connecting an account', () =>
    startBehalf(programs, folder, { port, upstreamUrl }),
  )
  const databaseUrl = await ownDatabase(behalf.instance.databaseAdminUrl)
  const account = crypto.randomUUID()
  const ceiling = await programs.fork('ceiling', [
    String(ceilingPort),
    databaseUrl,
    upstreamUrl,
    behalf.key,
    account,
  ])
  const nextUrl = `http://127.0.0.1:${nextPort}`
  const nextEnv = {
    ...process.env,
    NODE_ENV: 'production' as const,
    NEXT_TELEMETRY_DISABLED: '1',
    BENCH_UPSTREAM_URL: upstreamUrl,
  }
  const args = [program('node_modules/next/dist/bin/next'), 'start', nextApp]
  const next = await programs.spawn(
    'next',
    [...args, '-p', String(nextPort), '-H', '127.0.0.1'],
    nextEnv,
    async () => (await fetch(`${nextUrl}/empty`, { method: 'POST' })).ok || undefined,
  )

  const call = (url: string, accountId: string) => callOf(url, behalf.key, accountId)
  const alone = {
    url: `${upstreamUrl}/api/tasks/task-1`,
    method: 'GET' as const,
    headers: { authorization: 'Bearer any' },
  }
  const execute = `http://127.0.0.1:${port}/api/v1/tools/execute`
  const more = values.quick ? [] : await variantsOf(behalf)
  return {
    firstStartSeconds: behalf.firstStartSeconds,
    postmaster: await postmasterOf(behalf.instance.databaseAdminUrl),
    targets: [
      { id: 'upstream', name: 'upstream alone', pid: upstream.pid ?? null, request: alone },
      {
        id: 'ceiling',
        name: 'ceiling program',
        pid: ceiling.pid ?? null,
        request: call(`http://127.0.0.1:${ceilingPort}/`, account),
      },
      {
        id: 'next-empty',
        name: 'Next route handler, empty',
        pid: next.pid,
        request: call(`${nextUrl}/empty`, account),
      },
      {
        id: 'next-call',
        name: 'Next route handler with the call',
        pid: next.pid,
        request: call(`${nextUrl}/call`, account),
      },
      {
        id: 'behalf',
        name: 'Behalf execute, every stage',
        pid: behalf.pid,
        request: call(execute, behalf.accountId),
      },
      ...more.map(({ id, name, accountId, keys }) => ({
        id: `behalf-${id}`,
        name: `Behalf, ${name}`,
        pid: behalf.pid,
        request: { ...call(execute, accountId), keys },
      })),
    ],
  }
}

/** A database beside the instance's, on the same server with the same settings. */
async function ownDatabase(adminUrl: string): Promise<string> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  await client.query('CREATE DATABASE bench')
  await client.end()
  const url = new URL(adminUrl)
  url.pathname = '/bench'
  return url.href
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add((await freePort(0)) ?? 0)
  return [...ports]
}

/** One call, looked at: a program that answers 200 to everything would be fast. */
async function assertWorks({ name, id, request }: Target): Promise<void> {
  const { url, body, ...init } = request
  const response = await fetch(url, { ...init, ...(body !== undefined && { body }) })
  const text = await response.text()
  const works = response.ok && (id === 'next-empty' || text.includes('Write the report'))
  if (!works) throw new Error(`${name} answered ${response.status} ${text}`)
}

/** Interleaved, so that what disturbs the machine for a while disturbs every program. */
async function runRounds(load: ChildProcess, targets: readonly Target[], postmaster: number) {
  const taken = new Map<string, Figures[]>()
  for (let round = 0; round < rounds; round++) {
    for (const connections of concurrencies) {
      for (const target of targets) {
        const asked = { ...target.request, connections, seconds }
        const measured = await measure(load, asked, target.pid, postmaster)
        if (measured.firstError) console.error(`  ! ${target.name}: ${measured.firstError}`)
        const key = `${target.id} ${connections}`
        taken.set(key, [...(taken.get(key) ?? []), measured])
      }
    }
  }
  return (id: string, connections: number) => taken.get(`${id} ${connections}`) ?? []
}

function report(results: readonly Result[], firstStartSeconds: number): void {
  const machine = {
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  }
  const { cpus: count, memoryGb, node, platform } = machine
  console.log(`\n${count} CPUs, ${memoryGb} GB, Node ${node}, ${platform}; medians of ${rounds} rounds\n`)
  for (const connections of concurrencies) console.log(`${renderTable(results, connections)}\n`)
  console.log(`First start on an empty data folder, built already: ${firstStartSeconds.toFixed(1)} s`)
  if (!values.json) return
  const ratios = concurrencies.map((connections) => ratiosOf(results, connections))
  const written = {
    at: new Date().toISOString(),
    machine,
    rounds,
    seconds,
    results,
    ratios,
    firstStartSeconds,
  }
  writeFileSync(values.json, `${JSON.stringify(written, null, 2)}\n`)
}
