import { parseId } from '#lib/ids'
import type { PublicJwk } from '#lib/signing/schema'
import { type FoundHead, isGenuine } from './checkpoints/head.ts'
import { hashOfFields } from './event.ts'
import { chainLines } from './explore/evidence-file.ts'
import type { AuditEvent } from './schema.ts'
import { beginning, headsBy, misfit, type Position } from './walk.ts'

/** What an export was found to be, with nothing but the file at hand. */
export type FileReport = {
  events: number
  chain: string | null
  orgId: string | null
  first: number | null
  last: number | null
  head: string | null
  /** Runs of numbers that the file leaves out, the first few of them. */
  gaps: { from: number; to: number }[]
  gapCount: number
  problem: { line: number; id: string | null; reason: string } | null
  heads: {
    agree: number
    contradict: FoundHead | null
    notGenuine: number
    signedThrough: number | null
    /** How many the file has itself, as an evidence report does. */
    own: number
    /** A head of a later event than the file has: more had happened when it was signed. */
    beyond: FoundHead | null
  }
  eventsPerSecond: number
}

type Given = { heads?: readonly FoundHead[]; keys?: readonly PublicJwk[] | null }

const gapsShown = 5

/** The fields of an exported event that were hashed, as they were then. @returns `null` where an id is none of ours */
function hashedFields({ id, chain, org_id: _, sequence, hash: __, ...rest }: AuditEvent) {
  const [event, org] = [parseId('audit_event', id), parseId('organization', chain)]
  return event && org ? { ...rest, id: event, org_id: org, sequence: String(sequence) } : null
}

const texts = ['id', 'chain', 'org_id', 'occurred_at', 'prev_hash', 'hash'] as const

/** A line as it was exported. Of its other fields, known or not, the hash says whether they are what they were. */
function readLine(text: string): AuditEvent | null {
  try {
    const value = JSON.parse(text) as AuditEvent | null
    if (value === null || typeof value !== 'object') return null
    if (!Number.isSafeInteger(value.sequence) || texts.some((name) => typeof value[name] !== 'string'))
      return null
    return value
  } catch {
    return null
  }
}

/**
 * Checks an NDJSON export, or the links of the chain in an evidence report, line by line, whatever its size: that no event in it was changed, that neighbours follow each
 * other, and that signed heads say the same.
 * @param given.heads signed heads to hold the chain against; `keys` what they must be signed with, `null` for unchecked
 * @throws Error where the file cannot be read
 */
export async function verifyAuditFile(path: string, given: Given = {}): Promise<FileReport> {
  const startedAt = performance.now()
  const report: FileReport = {
    events: 0,
    chain: null,
    orgId: null,
    first: null,
    last: null,
    head: null,
    gaps: [],
    gapCount: 0,
    problem: null,
    heads: { agree: 0, contradict: null, notGenuine: 0, signedThrough: null, own: 0, beyond: null },
    eventsPerSecond: 0,
  }
  let at: Position | null = null
  let heads = headsBy<FoundHead>([])
  let line = 0
  const bad = (id: string | null, reason: string) => {
    report.problem = { line, id, reason }
  }
  const own: FoundHead[] = []
  for await (const { line: of, text } of chainLines(path, own)) {
    line = of
    if (text === '') continue
    const event = readLine(text)
    const fields = event && hashedFields(event)
    if (!event || !fields) {
      bad(null, 'it is no event of an NDJSON export')
      break
    }
    // A name that stands twice, of which the last one counts here and perhaps the first elsewhere, is no hash's to see.
    if (JSON.stringify(event) !== text) {
      bad(event.id, 'it is not written as an export writes it')
      break
    }
    const sequence = BigInt(event.sequence)
    if (report.chain === null) {
      const { chain } = event
      Object.assign(report, { chain, orgId: event.org_id, first: event.sequence })
      const known = [...(given.heads ?? []), ...own].filter((head) => head.chain === chain)
      heads = headsBy([...new Map(known.map((head) => [head.jws, head])).values()])
      report.heads.own = own.length
      // What came before the first event of the file is not at hand; before the very first there is nothing.
      at = event.sequence === 1 ? beginning : { sequence: sequence - 1n, hash: event.prev_hash }
    } else if (event.chain !== report.chain) {
      bad(event.id, 'it is of another chain')
      break
    } else if (event.org_id !== report.orgId) {
      bad(event.id, `it calls its organization ${event.org_id}, and the events before it ${report.orgId}`)
      break
    }
    const before: Position = at ?? beginning
    const link = {
      sequence,
      prevHash: event.prev_hash,
      hash: event.hash,
      computed: hashOfFields(fields),
    }
    const why = misfit(before, link, true)
    if (why !== null) {
      bad(event.id, why)
      break
    }
    if (sequence > before.sequence + 1n) {
      report.gapCount++
      if (report.gaps.length < gapsShown)
        report.gaps.push({ from: Number(before.sequence) + 1, to: event.sequence - 1 })
    }
    at = { sequence, hash: event.hash }
    const { agree, contradict } = heads.at(at)
    const against = await firstGenuine(report, contradict, given.keys ?? null)
    if (against) {
      report.heads.contradict = against
      bad(event.id, `the head that was signed at ${against.at} says another hash of it`)
      break
    }
    for (const head of agree) {
      if (given.keys && !(await isGenuine(head, given.keys))) report.heads.notGenuine++
      else if (head.org_id !== event.org_id)
        bad(event.id, `the head that was signed at ${head.at} calls its organization ${head.org_id}`)
      else Object.assign(report.heads, { agree: report.heads.agree + 1, signedThrough: head.sequence })
    }
    if (report.problem) break
    report.events++
    report.last = event.sequence
    report.head = event.hash
  }
  const later = at && !report.problem ? heads.beyond(at) : []
  report.heads.beyond = await lastGenuine(later, given.keys ?? null)
  report.eventsPerSecond = Math.round(
    report.events / Math.max((performance.now() - startedAt) / 1_000, 0.001),
  )
  return report
}

/** Without keys every head counts: then the answer says that their signatures were not checked. */
async function firstGenuine(
  report: FileReport,
  heads: readonly FoundHead[],
  keys: readonly PublicJwk[] | null,
): Promise<FoundHead | null> {
  for (const head of heads) {
    if (keys === null || (await isGenuine(head, keys))) return head
    report.heads.notGenuine++
  }
  return null
}

async function lastGenuine(
  heads: readonly FoundHead[],
  keys: readonly PublicJwk[] | null,
): Promise<FoundHead | null> {
  for (const head of heads.toSorted((a, b) => b.sequence - a.sequence)) {
    if (keys === null || (await isGenuine(head, keys))) return head
  }
  return null
}
