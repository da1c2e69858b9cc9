// `npm run lint`: refuses imports that go against the house rules, and says how much it read: a checker that reads
// no file passes everything.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import {
  harmlessNet,
  mayImport,
  minters,
  outside,
  ownedPackages,
  roomMayImport,
  type Zone,
} from './boundaries.ts'
import { root } from './install.mjs'
import { type Import, readSource, type Source } from './read-imports.ts'

export type Report = { files: number; imports: number; breaches: string[] }

const sources =
  '{app,components,connectors,lib,runtime,sandbox,sdk,scripts,bench,e2e}/**/*.{ts,tsx,mts,mjs,js,jsx}'
const topSources = '{worker,server,proxy,instrumentation}.ts'
const skipped = /^lib\/db\/generated\/|\.d\.m?ts$|\/(node_modules|dist)\//

/** Not part of the product: fixtures may be made by hand, other rooms may be called to set a scene. */
const isTest = (file: string): boolean => /\.(test|spec)\.tsx?$|(^|\/)testing(\.ts|\/)/.test(file)

function zoneOf(file: string): Zone {
  const [first, second] = file.split('/')
  // A host product's pages, which stand for somebody else's code.
  if (first === 'app' && second === 'demo') return 'app/demo'
  return first === 'lib' && second && file.split('/').length > 2 ? `lib/${second}` : (first ?? '')
}

/** Reads every source below `at` and lists what breaks a rule, as `file:line: reason`. */
export function checkBoundaries(at = root): Report {
  const files = globSync([sources, topSources], { cwd: at })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !skipped.test(file))
    .sort()
  const read = new Map(files.map((file) => [file, readSource(readFileSync(join(at, file), 'utf8'))]))
  const breaches: string[] = []
  const graph = new Map<string, string[]>()
  let imports = 0
  for (const [file, source] of read) {
    const edges: string[] = []
    for (const found of source.imports) {
      imports++
      const say = (reason: string) => breaches.push(`${file}:${found.line}: ${reason}`)
      const target = resolveImport(at, file, found.specifier)
      if (target === undefined) checkPackage(file, found, say)
      else if (!existsSync(join(at, target))) say(`${found.specifier} leads to no file`)
      else {
        const reason = zoneBreach(file, target)
        if (reason) say(reason)
        if (!found.typeOnly) edges.push(target)
      }
    }
    graph.set(file, edges)
    checkText(file, source, (line, reason) => breaches.push(`${file}:${line}: ${reason}`))
  }
  for (const cycle of cyclesOf(graph)) breaches.push(`${cycle[0]}:1: import cycle: ${cycle.join(' → ')}`)
  return { files: files.length, imports, breaches }
}

/** The file an import leads to, from the root; undefined for a package. */
function resolveImport(at: string, from: string, specifier: string): string | undefined {
  const alias = /^#lib\/([^/]+)$/.exec(specifier) ?? /^#lib\/([^/]+)\/schema$/.exec(specifier)
  if (alias) return `lib/${alias[1]}/${specifier.endsWith('/schema') ? 'schema' : 'index'}.ts`
  if (specifier === '#connectors') return 'connectors/registry.ts'
  if (specifier === '#runtime') return 'runtime/index.ts'
  if (specifier.startsWith('#components/')) return `${specifier.slice(1)}.tsx`
  // Anything else with a # is refused by the resolver too; here it is a file that is not there.
  if (specifier.startsWith('#')) return specifier
  if (!specifier.startsWith('.')) return undefined
  const plain = posix.normalize(posix.join(posix.dirname(from), specifier))
  const candidates = [plain, `${plain}.ts`, `${plain}.tsx`, `${plain}/index.ts`, `${plain}/index.tsx`]
  return candidates.find((path) => /\.\w+$/.test(path) && existsSync(join(at, path))) ?? plain
}

/** Why `file` may not import `target`, if so. */
function zoneBreach(file: string, target: string): string | undefined {
  const from = zoneOf(file)
  const to = zoneOf(target)
  if (target.startsWith('lib/db/generated/') && from !== 'lib/db')
    return 'only lib/db touches the generated client'
  const test = isTest(file)
  if (isTest(target) && !test && !outside.includes(from)) return `${target} is for tests`
  if (from === to) return undefined
  const room = to.startsWith('lib/') ? to.slice(4) : undefined
  const schema = room !== undefined && target === `lib/${room}/schema.ts`
  if (room && !schema && target !== `lib/${room}/index.ts` && !isTest(target)) {
    return `${target} is inside a room: use its door #lib/${room}`
  }
  if (test) return undefined
  if (from.startsWith('lib/')) {
    if (!room) return `lib imports nothing of ${to}`
    if (file.endsWith('/schema.ts') && !schema) return 'a schema.ts imports zod and other schemas only'
    return schema || roomMayImport(from.slice(4), room) ? undefined : `${from} may not import ${to}`
  }
  const allowed = mayImport[from] ?? []
  if (allowed.includes(to) || (schema && allowed.includes('schema')) || (room && allowed.includes('lib'))) {
    return undefined
  }
  return `${from} may not import ${schema ? target : to}`
}

function checkPackage(file: string, found: Import, say: (reason: string) => void): void {
  const zone = zoneOf(file)
  if (isTest(file)) return
  if (zone.startsWith('lib/') && file.endsWith('/schema.ts') && found.specifier !== 'zod') {
    say('a schema.ts imports zod and other schemas only')
  }
  if (outside.includes(zone)) return
  for (const { room, what, packages } of ownedPackages) {
    const typesOfNode = found.typeOnly && found.specifier.startsWith('node:')
    if (zone !== room && packages.test(found.specifier) && !typesOfNode) {
      say(`${found.specifier}: only ${room} touches ${what}`)
    }
  }
  if (zone !== 'lib/egress' && found.specifier === 'node:net' && !found.typeOnly) {
    const names = found.clause.replace(/^import|\bfrom\b|\btype\s+\w+|[{}]/g, ' ').split(/[\s,]+/)
    if (names.some((name) => name && !harmlessNet.test(name)))
      say('node:net: only lib/egress opens connections')
  }
}

const casts = new RegExp(`\\bas\\s+(?:Readonly<\\s*)?(${Object.keys(minters).join('|')})\\b`, 'g')

function checkText(file: string, source: Source, say: (line: number, reason: string) => void): void {
  const zone = zoneOf(file)
  if (isTest(file)) return
  const { code } = source
  const each = (pattern: RegExp, reason: (match: RegExpExecArray) => string | undefined) => {
    for (const match of code.matchAll(pattern)) {
      const why = reason(match)
      if (why) say(code.slice(0, match.index).split('\n').length, why)
    }
  }
  const product = !outside.includes(zone)
  if (product) for (const line of source.computed) say(line, 'a computed import cannot be checked')
  if (product && zone !== 'lib/egress' && !source.client) {
    each(
      /(?<![\w$.]|function\s+)fetch\s*\(|\bglobalThis\s*\.\s*fetch\b/g,
      () => 'only lib/egress calls fetch',
    )
  }
  each(casts, ([, proof = '']) =>
    minters[proof]?.includes(zone) ? undefined : `only ${minters[proof]?.join(' and ')} mints ${proof}`,
  )
  if (product) each(/\bas\s+unknown\s+as\b/g, () => 'a cast through unknown hides what the compiler knows')
}

/** Cycles of files that import each other at run time, each once, from its first file in the alphabet. */
function cyclesOf(graph: Map<string, string[]>): string[][] {
  const found = new Map<string, string[]>()
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start >= 0) {
      const ring = path.slice(start)
      const first = ring.indexOf([...ring].sort()[0]!)
      const turned = [...ring.slice(first), ...ring.slice(0, first)]
      found.set(turned.join(), [...turned, turned[0]!])
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const next of graph.get(file) ?? []) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return [...found.values()]
}

if (process.argv[1] === import.meta.filename) {
  const { files, imports, breaches } = checkBoundaries()
  for (const breach of breaches) console.error(breach)
  if (imports === 0) console.error('no import was read: the check itself is broken')
  console.log(`boundaries: ${files} files, ${imports} imports, ${breaches.length} breaches`)
  process.exit(breaches.length || imports === 0 ? 1 : 0)
}
