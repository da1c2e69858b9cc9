import { statSync } from 'node:fs'
import { extname } from 'node:path'
import { importInput } from '#lib/consent/schema'
import { AppError, toAppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { connect, connectors } from '#runtime'
import {
  csvColumns,
  csvRequired,
  type Entry,
  fromApiBody,
  fromCsv,
  fromNango,
  type Told,
} from '../import/entries.ts'
import { csvLines, jsonLines, type Line } from '../import/lines.ts'
import { type Outcome, openReport, type Report, type ReportLine } from '../import/report.ts'
import { type Command, readArgs, type Terminal, UsageError } from './command.ts'
import { operator, originHere, withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

const formats = ['csv', 'ndjson', 'nango'] as const
type Format = (typeof formats)[number]

/** Each of them asks a provider: more would meet its rate limits before they saved time. */
const atOnce = 4
const toldMost = 20

export const importFile: Command = {
  name: 'import',
  usage:
    'FILE --org ORG [--connector C] [--format csv|ndjson|nango] [--map KEY=CONNECTOR]... [--auth-config ID] ' +
    '[--scopes A,B] [--agents ID,ID] [--from-org ID] [--users-from connection_id] [--report FILE] [--dry-run] [--skip-probe]',
  summary:
    'takes over the OAuth tokens of another system; run again, it goes on with what is left. Exits with 1 when a line failed',
  async run(args, terminal) {
    const { options, rest, flags, lists } = readArgs(
      args,
      ['org', 'connector', 'format', 'auth-config', 'scopes', 'agents', 'from-org', 'users-from', 'report'],
      1,
      { flags: ['dry-run', 'skip-probe'], lists: ['map'] },
    )
    const file = rest[0] ?? ''
    if (options.org === undefined)
      throw new UsageError('--org is missing: which organization the users are of')
    const format = formatOf(file, options.format)
    const usersFrom = options['users-from'] ?? 'end_user'
    if (usersFrom !== 'end_user' && usersFrom !== 'connection_id')
      throw new UsageError('--users-from takes connection_id, where that is what names the user')
    const told: Told = {
      org: options.org,
      fromOrg: options['from-org'] ?? options.org,
      connector: options.connector,
      authConfig: options['auth-config'],
      scopes: options.scopes?.split(','),
      agents: options.agents?.split(','),
      connectorOf: mapped(lists.map),
      usersFrom,
      validate: flags.has('skip-probe') ? 'skip' : 'probe',
    }
    warnOfReaders(file, terminal)
    return withInstance(terminal.env, async () => {
      const tenant = await tenantNamed(told.org)
      const dryRun = flags.has('dry-run')
      const reportFile = options.report ?? `${file}.report.ndjson`
      const report = dryRun ? null : await openReport(reportFile)
      const tell = teller(terminal)
      const counts = await all(linesOf(file, format), (line) =>
        one({ line, entry: entryOf(format, told, line), tenant, report, tell }),
      ).finally(() => report?.close())
      terminal.print(summary(counts, dryRun, report && reportFile))
      return counts.failed > 0 ? 1 : 0
    })
  },
}

function formatOf(file: string, given: string | undefined): Format {
  const byName: Record<string, Format> = { '.csv': 'csv', '.ndjson': 'ndjson', '.jsonl': 'ndjson' }
  const format =
    formats.find((one) => one === given) ?? (given === undefined ? byName[extname(file)] : undefined)
  if (!format) throw new UsageError(`--format is one of ${formats.join(', ')}`)
  return format
}

/** Keys of the other system by `--map`, and beside them the connectors' own names. */
function mapped(pairs: readonly string[]): Told['connectorOf'] {
  const map = new Map(
    pairs.map((pair) => {
      const [key, connector, more] = pair.split('=')
      if (!key || !connector || more !== undefined)
        throw new UsageError(`--map "${pair}" is not of the form github-prod=github`)
      if (!Object.hasOwn(connectors, connector))
        throw new UsageError(`--map: there is no connector "${connector}"`)
      return [key, connector]
    }),
  )
  return (key) => map.get(key) ?? (Object.hasOwn(connectors, key) ? key : undefined)
}

function warnOfReaders(file: string, { print }: Terminal): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new UsageError(`there is no file ${file}`)
  if (process.platform === 'win32' || (found.mode & 0o004) === 0) return
  print(`warning: every user of this machine can read ${file}: chmod 600 it, and delete it when all is in`)
}

const linesOf = (file: string, format: Format): AsyncGenerator<Line> =>
  format === 'csv' ? csvLines(file, csvColumns, csvRequired) : jsonLines(file)

function entryOf(format: Format, told: Told, line: Line): Entry {
  if ('problem' in line) return { outcome: 'failed', code: line.problem }
  if (format === 'csv') return fromCsv(told, line.value as Parameters<typeof fromCsv>[1])
  return format === 'ndjson' ? fromApiBody(told, line.value) : fromNango(told, line.value)
}

type Counts = Record<Outcome | 'done', number>

/** Takes line after line, a few at once; what is under way when the operator interrupts comes to its end. */
async function all(
  lines: AsyncGenerator<Line>,
  take: (line: Line) => Promise<Outcome | 'done'>,
): Promise<Counts> {
  const counts: Counts = { imported: 0, already: 0, unverified: 0, skipped: 0, failed: 0, done: 0 }
  let stopped = false
  const stop = () => {
    stopped = true
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const worker = async () => {
    for (;;) {
      if (stopped) return
      const { value, done } = await lines.next()
      if (done) return
      counts[await take(value)]++
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, worker))
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
  if (stopped) throw new Error('interrupted: run it again to go on')
  return counts
}

type Work = {
  line: Line
  entry: Entry
  tenant: Tenant
  report: Report | null
  tell: (end: ReportLine) => void
}

async function one({ line, entry, tenant, report, tell }: Work): Promise<Outcome | 'done'> {
  const body = 'body' in entry ? entry.body : {}
  const named = (field: string) => (typeof body[field] === 'string' ? body[field] : null)
  const facts = { line: line.line, user_id: named('user_id'), connector: named('connector') }
  if (report?.isDone(facts.line, facts.user_id ?? '', facts.connector ?? '')) return 'done'
  const end = { ...facts, ...(await carriedOut(entry, tenant, report === null)) }
  await report?.write(end)
  if (end.outcome === 'failed') tell(end)
  return end.outcome
}

type End = Pick<ReportLine, 'outcome' | 'connected_account_id' | 'error_code' | 'detail'>

async function carriedOut(entry: Entry, tenant: Tenant, dryRun: boolean): Promise<End> {
  const nothing = { connected_account_id: null, error_code: null, detail: null }
  if ('outcome' in entry) return { ...nothing, outcome: entry.outcome, error_code: entry.code }
  try {
    const input = parsed(entry.body)
    if (dryRun) {
      await connect.checkImport(tenant, operator, input)
      return { ...nothing, outcome: 'imported' }
    }
    const { account, outcome } = await connect.importAccount(operator, input, originHere())
    return {
      ...nothing,
      outcome: account.status === 'unverified' ? 'unverified' : outcome,
      connected_account_id: account.id,
    }
  } catch (thrown) {
    const { code, facts } = toAppError(thrown)
    return { ...nothing, outcome: 'failed', error_code: code, detail: facts.detail ?? null }
  }
}

/** A value that does not fit is named by its path, and not quoted: it may be a token in the wrong place. */
function parsed(body: unknown) {
  const input = importInput.safeParse(body)
  if (input.success) return input.data
  const paths = input.error.issues.map(({ path }) => path.map(String).join('.') || 'fields')
  throw new AppError('invalid_request', { detail: `does not fit: ${[...new Set(paths)].join(', ')}` })
}

/** Prints the first failures; the report has them all. */
function teller({ print }: Terminal): (end: ReportLine) => void {
  let told = 0
  return ({ line, user_id, error_code, detail }) => {
    told++
    if (told <= toldMost)
      print(`line ${line}  ${user_id ?? '-'}  ${error_code}${detail === null ? '' : `: ${detail}`}`)
    if (told === toldMost + 1) print('… and more')
  }
}

function summary(counts: Counts, dryRun: boolean, reportFile: string | null): string {
  const { done, ...now } = counts
  const parts = Object.entries(now)
    .filter(([name, count]) => count > 0 || name === 'failed')
    .map(([name, count]) => `${count} ${dryRun && name === 'imported' ? 'would be imported' : name}`)
  const before = done > 0 ? `, ${done} brought in before` : ''
  return `${parts.join(', ')}${before}${reportFile === null ? '' : `; report: ${reportFile}`}`
}
