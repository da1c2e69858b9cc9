import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { AuditEvent } from '../schema.ts'

const row = z.object({
  event: z.string(),
  sequence: z.number(),
  event_hash: z.string(),
  tool: z.string().nullable(),
  user: z.string().nullable(),
  account: z.string().nullable(),
  connection: z.string().nullable(),
  outcome: z.string(),
  scopes_required: z.string(),
  scopes_granted: z.string(),
})
const report = z.object({
  kind: z.literal('soc2_cc6_1'),
  facts: z.object({
    chain: z.string(),
    since: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }),
  }),
  sections: z.object({ calls: z.object({ rows: z.array(row) }) }),
})

export type Compared = {
  /** Calls that the report and the export tell alike. */
  alike: number
  /** The first call that they do not tell alike, or that one of them lacks. */
  problem: { event: string; reason: string } | null
}

const toldAs = (event: AuditEvent): z.infer<typeof row> => ({
  event: event.id,
  sequence: event.sequence,
  event_hash: event.hash,
  tool: event.tool_name,
  user: event.user_id,
  account: event.connected_account_id,
  connection: event.connection_id,
  outcome: event.outcome,
  scopes_required: event.scopes_required.join(' '),
  scopes_granted: event.scopes_granted.join(' '),
})

/**
 * Holds the calls of an access report against an export of the same events that was checked before: none is missing in
 * the report, none was added to it, and each is told as the event says.
 * @param text a report in JSON
 * @returns `null` for what is no such report
 */
export async function compareWithExport(text: string, path: string): Promise<Compared | null> {
  const read = report.safeParse(parsed(text))
  if (!read.success) return null
  const { facts, sections } = read.data
  const [since, until] = [Date.parse(facts.since), Date.parse(facts.until)]
  const left = new Map(sections.calls.rows.map((one) => [one.event, one]))
  let alike = 0
  const input = createReadStream(path)
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue
    const event = JSON.parse(line) as AuditEvent
    const at = Date.parse(event.occurred_at)
    if (event.action !== 'tool.executed' || at < since || at >= until) continue
    const bad = (reason: string): Compared => {
      input.destroy()
      return { alike, problem: { event: event.id, reason } }
    }
    if (event.chain !== facts.chain) return bad('the export is of another chain')
    const told = left.get(event.id)
    // Asking for the report and for the export are calls of neither; what happened between the two is.
    if (!told) return bad('it is in the export and not in the report')
    const real = toldAs(event)
    const other = (Object.keys(real) as (keyof typeof real)[]).find((name) => told[name] !== real[name])
    if (other) return bad(`the report says another ${other} of it`)
    left.delete(event.id)
    alike++
  }
  const [more] = left.keys()
  return {
    alike,
    problem: more ? { event: more, reason: 'it is in the report and not in the export' } : null,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
