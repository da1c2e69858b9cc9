// The supervisor behind `npm start`: brings up everything an instance needs, in order, says where to go, and takes
// it all down again on Ctrl-C.
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Bootstrapped } from './bootstrap.ts'
import { buildIfStale } from './build.ts'
import { Children, program } from './children.ts'
import { readSetup, type Setup, sandboxEnv } from './environment.ts'
import { generateIfStale } from './generate.ts'
import { step } from './install.mjs'
import { migrate, pendingMigrations } from './migrate.ts'
import { freePort, type Postgres, startPostgres } from './postgres.ts'

const dev = process.argv.includes('--dev')
/** Everything server-only is refused by packages unless this condition says that a server asks. */
const serverOnly = '--conditions=react-server'
const readySeconds = 60
/**
 * On a large machine V8 lets garbage grow to several times what is in use before it looks, and the C library keeps what is
 * freed in one arena for each thread. The most that it may hold is a multiple of what a web server needs; that it is named
 * at all is what keeps the rest small (docs/performance.md).
 */
const frugal = {
  flags: ['--max-old-space-size=768', '--max-semi-space-size=16', '--heap-growing-percent=20'],
  env: { MALLOC_ARENA_MAX: '2' },
}

let postgres: Postgres | undefined
let children: Children | undefined
let stopping: Promise<void> | undefined

/** Runs once however often it is asked for: a terminal, npm and a shell may all pass the same signal on. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    await children?.stop()
    await postgres?.stop()
  })()
  return stopping
}

class Interrupted extends Error {}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => reject(new Interrupted(signal)))
  }
})

try {
  await Promise.race([serve(), interrupted])
} catch (error) {
  const wanted = error instanceof Interrupted
  if (wanted) console.log('\nStopping …')
  else console.error(`behalf: ${error instanceof Error ? error.message : error}`)
  await stop().catch((fault: unknown) => console.error(`behalf: stopping: ${fault}`))
  process.exit(wanted ? 0 : 1)
}

async function serve(): Promise<never> {
  console.log(`Behalf${dev ? ' (development)' : ''}`)
  const setup = readSetup({ ...process.env, NODE_ENV: dev ? 'development' : 'production' })
  await claimPorts(setup)
  await generateIfStale()
  const databaseAdminUrl = await prepareDatabase(setup)
  if (!dev) await buildIfStale()
  const first = await step('Preparing the first admin, key and practice data', () => bootstrap(setup))
  writeInstanceFile(setup, first, databaseAdminUrl)

  children = new Children(process.env.BEHALF_LOG_FILE)
  if (setup.sandbox) {
    const clients = JSON.stringify(first.sandboxClients ?? [])
    children.start('sandbox', [program('sandbox/main.ts')], {
      ...sandboxEnv(setup),
      BEHALF_SANDBOX_CLIENTS: clients,
    })
  }
  children.start('worker', [serverOnly, program('worker.ts')], setup.env)
  children.start(
    'web server',
    dev ? [program('server.ts'), '--dev'] : [...frugal.flags, program('server.ts')],
    dev ? setup.env : { ...frugal.env, ...setup.env },
  )
  await Promise.race([ready(setup), children.died])
  announce(setup, first)
  return await children.died
}

/** Said in the first second rather than after the build. */
async function claimPorts(setup: Setup): Promise<void> {
  const taken = async (port: number, host: string) => (await freePort(port, host)) === undefined
  if (await taken(setup.port, setup.host)) {
    throw new Error(
      `PORT ${setup.port} on ${setup.host} is in use: start with another, for example PORT=${setup.port + 10} npm start`,
    )
  }
  if (!setup.sandbox) return
  const { port, demoPort } = setup.sandbox
  for (const [name, wanted] of [
    ['BEHALF_SANDBOX_PORT', port],
    ['BEHALF_DEMO_PORT', demoPort],
  ] as const) {
    if (!(await taken(wanted, '127.0.0.1'))) continue
    console.log(
      `  ! ${name} ${wanted} is in use, so this instance runs without the practice provider; set ${name} to a free port`,
    )
    setup.sandbox = null
    setup.env.BEHALF_SANDBOX = 'off'
    return
  }
}

/** Ends with a migrated database and `DATABASE_URL` set to the application's login. */
async function prepareDatabase(setup: Setup): Promise<string | undefined> {
  let adminUrl = setup.databaseAdminUrl
  if (setup.embedded) {
    const started = await step('Starting the embedded Postgres', () =>
      startPostgres({ dataDir: setup.dataDir, say: (line) => console.log(`  ! ${line}`) }),
    )
    postgres = started
    if (started.reused) console.log('  ✓ Sharing the Postgres that another start is running')
    adminUrl = await started.adminUrl('behalf')
    setup.env.DATABASE_URL = started.runtimeUrl('behalf')
  }
  const runtimeUrl = setup.env.DATABASE_URL ?? ''
  await step('Migrating the database', async () => {
    if (adminUrl) return await migrate({ adminUrl, runtimeUrl })
    const pending = await pendingMigrations(runtimeUrl)
    if (pending.length === 0) return
    throw new Error(
      `BEHALF_DATABASE_ADMIN_URL is required: ${pending.length} migrations are to be applied with the owner's login, the first is ${pending[0]}`,
    )
  })
  return adminUrl
}

function bootstrap(setup: Setup): Promise<Bootstrapped> {
  return new Promise((done, failed) => {
    const child = fork(program('scripts/run-bootstrap.ts'), {
      execArgv: [serverOnly],
      env: setup.env as NodeJS.ProcessEnv,
    })
    let result: Bootstrapped | undefined
    child.on('message', (message) => {
      result = message as Bootstrapped
    })
    child.on('error', failed)
    child.on('exit', (code) =>
      result ? done(result) : failed(new Error(`the first-start step ended with ${code}`)),
    )
  })
}

async function ready(setup: Setup): Promise<void> {
  const host = setup.host === '0.0.0.0' ? '127.0.0.1' : setup.host === '::' ? '::1' : setup.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${setup.port}/readyz`
  const until = Date.now() + readySeconds * 1000
  let last = 'no answer'
  while (Date.now() < until) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5000) })
      await answer.arrayBuffer()
      if (answer.ok) return
      last = `status ${answer.status}`
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await wait(100)
  }
  throw new Error(`${url} did not become ready within ${readySeconds} s (${last})`)
}

function announce(setup: Setup, first: Bootstrapped): void {
  const { publicUrl, sandbox } = setup
  const lines = [
    ['Portal', publicUrl],
    ['Console', first.adminSignInUrl ?? `${publicUrl}/console`],
    ['API reference', `${publicUrl}/docs`],
  ]
  if (sandbox) lines.push(['Demo', `http://127.0.0.1:${sandbox.demoPort}/demo`])
  if (sandbox) lines.push(['Practice provider', `http://127.0.0.1:${sandbox.port}`])
  console.log(
    `\nReady. Ctrl-C stops it.\n${lines.map(([name, url]) => `  ${`${name}:`.padEnd(20)}${url}`).join('\n')}`,
  )
  if (first.adminSignInUrl) console.log('  The console link signs the first admin in; it works once.')
  if (first.secretKey) console.log(`\n  Secret key, shown this once:\n  ${first.secretKey}\n`)
}

/** For test harnesses and scripts that have to find their way around an instance they started. */
function writeInstanceFile(setup: Setup, first: Bootstrapped, databaseAdminUrl: string | undefined): void {
  const file = process.env.BEHALF_INSTANCE_FILE
  if (!file) return
  const { env, sandbox } = setup
  const instance = {
    ...first,
    publicUrl: setup.publicUrl,
    port: setup.port,
    sandboxUrl: sandbox && `http://127.0.0.1:${sandbox.port}`,
    demoUrl: sandbox && `http://127.0.0.1:${sandbox.demoPort}/demo`,
    sandboxControlKey: env.BEHALF_SANDBOX_CONTROL_KEY,
    sandboxClientSecret: env.BEHALF_SANDBOX_CLIENT_SECRET,
    rootKey: env.BEHALF_ROOT_KEY,
    databaseUrl: env.DATABASE_URL,
    databaseAdminUrl,
    logFile: env.BEHALF_LOG_FILE,
    dataDir: setup.dataDir,
  }
  writeFileSync(file, JSON.stringify(instance, null, 2), { mode: 0o600 })
}
