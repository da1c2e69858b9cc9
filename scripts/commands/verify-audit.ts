import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type FileReport, headsInText, verifyAudit as verify, verifyAuditFile } from '#lib/audit'
import type { ChainReport } from '#lib/audit/schema'
import { type Command, readArgs, UsageError } from './command.ts'
import { withInstance } from './here.ts'
import { readKeys } from './read-keys.ts'
import { tenantNamed } from './tenant-named.ts'

/** An organization's id cannot begin with it, so it names none. */
const deployment = '#deployment'

export const verifyAudit: Command = {
  name: 'verify-audit',
  usage: `ORG | '${deployment}' | FILE [--checkpoints FILE] [--keys FILE]`,
  summary:
    'walks the hash chain of the audit, or of an NDJSON export or evidence report with nothing but the file; holds it against signed ' +
    'heads, also those of a file from elsewhere; where it is broken, names the first bad event and exits with 1',
  async run(args, { env, print }) {
    if (args.length === 0)
      throw new UsageError('which organization? `orgs list` shows them; or the file of an export')
    const { options, rest } = readArgs(args, ['checkpoints', 'keys'], 1)
    const what = rest[0] ?? ''
    const heads = options.checkpoints
      ? headsInText(await readFile(options.checkpoints, 'utf8'), options.checkpoints)
      : []
    const keys = options.keys ? await readKeys(options.keys) : null
    if (existsSync(what)) {
      const report = await verifyAuditFile(what, { heads, keys })
      for (const line of toldOfFile(what, report, options)) print(line)
      return report.problem ? 1 : 0
    }
    return withInstance(env, async () => {
      const tenant = await tenantNamed(what === deployment ? undefined : what)
      const report = await verify(tenant, { heads, ...(keys && { keys }) })
      for (const line of told(what, report)) print(line)
      return report.ok ? 0 : 1
    })
  },
}

function told(org: string, report: ChainReport): string[] {
  const speed = `  walked at ${report.events_per_second} events/s`
  if (!report.ok) {
    const where = report.first_bad ? `first bad event ${report.first_bad}: ` : ''
    const by = report.contradicted_by
    return [
      `${org}: BROKEN after ${report.events} good events; ${where}${report.reason}`,
      ...(by
        ? [`  contradicted by the signed head of event ${by.sequence}, ${by.at}, key ${by.kid} (${by.from})`]
        : []),
      speed,
    ]
  }
  const kept = report.from > 1 ? `; events before ${report.from} were let go by retention, as signed` : ''
  const signed =
    report.signed_through === null
      ? '  no signed head within reach: that nobody made all of it anew is not proven'
      : `  ${report.checkpoints} signed heads agree, the last at event ${report.signed_through}`
  return [`${org}: ${report.events} events, the chain is whole, head ${report.head}${kept}`, signed, speed]
}

function toldOfFile(
  file: string,
  report: FileReport,
  given: { checkpoints?: string; keys?: string },
): string[] {
  const { problem, heads } = report
  const speed = `  checked at ${report.eventsPerSecond} events/s`
  if (problem) {
    const event = problem.id ? `event ${problem.id}` : 'it'
    const by = heads.contradict
    return [
      `${file}: ALTERED at line ${problem.line} after ${report.events} good events; ${event}: ${problem.reason}`,
      ...(by ? [`  contradicted by the signed head of event ${by.sequence}, ${by.at}, key ${by.kid}`] : []),
      ...(by && !given.keys ? ['  that head’s own signature was not checked: give --keys'] : []),
      speed,
    ]
  }
  if (report.events === 0) return [`${file}: no events`]
  const shown = report.gaps.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
  const more = report.gapCount > report.gaps.length ? ', …' : ''
  return [
    `${file}: ${report.events} events of ${report.orgId} (${report.chain}), ${report.first} to ${report.last}, none was changed; head ${report.head}`,
    ...(report.gapCount > 0
      ? [
          `  NOT PROVEN: what it leaves out, ${shown}${more}: an export with a filter has gaps, and so has one that somebody cut`,
        ]
      : ['  nothing is left out between the first and the last']),
    ...(report.first === 1 ? [] : [`  NOT PROVEN: what came before event ${report.first}`]),
    ...(heads.beyond
      ? [
          `  it ends before the end: events ${(report.last ?? 0) + 1} to ${heads.beyond.sequence} had happened at ${heads.beyond.at}, as signed`,
        ]
      : []),
    ...headsTold(report, given),
    speed,
  ]
}

function headsTold({ heads, last }: FileReport, given: { checkpoints?: string; keys?: string }): string[] {
  if (!given.checkpoints && heads.own === 0) {
    return [
      '  NOT PROVEN: that nobody made all of it anew, that it ends here, and what the organization is called: give --checkpoints and --keys',
    ]
  }
  const forged =
    heads.notGenuine > 0 ? [`  ${heads.notGenuine} heads are not signed by a key of ${given.keys}`] : []
  if (heads.signedThrough === null)
    return ['  NOT PROVEN: no signed head is of an event in this file', ...forged]
  return [
    `  ${heads.agree} signed heads agree, the last at event ${heads.signedThrough}${given.keys ? '' : ' (their signatures were not checked: give --keys)'}`,
    ...(last !== null && last > heads.signedThrough
      ? [`  NOT PROVEN: events ${heads.signedThrough + 1} to ${last} came after it`]
      : []),
    ...forged,
  ]
}
