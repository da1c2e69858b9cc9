// How the audit behaves with a million events: appended, exported and verified. What streams through must not be held.
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'

/** What the process may grow by while everything streams through it, whatever the number of events. */
const growthMbMax = 150

/** @returns whether every bar was met */
export async function auditAtScale(folder: string, events: number): Promise<boolean> {
  const { appendAuditsIn, exportStream, signHead, verifyAudit, verifyAuditFile, headsInText } = await import(
    '#lib/audit'
  )
  const { sqlForOrg } = await import('#lib/db')
  const { createEgress } = await import('#lib/egress')
  const { systemCaller } = await import('#lib/identity')
  const { ensureOrg } = await import('#lib/tenancy')
  const { prepareOrgKeys } = await import('#lib/vault')
  const { publishedKeys } = await import('#lib/signing')
  const tenant = await ensureOrg(systemCaller('scale'), 'exported', prepareOrgKeys)
  const timed = <T>(what: string, work: () => Promise<T>) => timedFor(events, what, work)

  const batch = 1_000
  await timed('append, a thousand a batch', async () => {
    for (let at = 0; at < events; at += batch) {
      const inputs = Array.from({ length: Math.min(batch, events - at) }, (_, n) => input(at + n))
      await sqlForOrg(tenant, (sql) => appendAuditsIn(sql, tenant, inputs))
    }
  })
  const egress = createEgress({ allow: [], default: 'deny' })
  const signed = await signHead(egress, tenant)
  await egress.close()

  const file = join(folder, 'audit.ndjson')
  const good: boolean[] = []
  for (const format of ['csv', 'ocsf', 'ndjson'] as const) {
    const growth = await grown(() =>
      timed(`export as ${format}`, () =>
        exportStream(tenant, {}, format).pipeTo(Writable.toWeb(createWriteStream(file))),
      ),
    )
    good.push(told(`  grew by ${growth} MB, at most ${growthMbMax}`, growth <= growthMbMax))
  }
  // A reader that takes its time: what is not read is not made.
  const slow = await grown(async () => {
    const body = Readable.fromWeb(exportStream(tenant, {}, 'ndjson') as never)
    let read = 0
    for await (const chunk of body) {
      read += (chunk as Uint8Array).length
      if (read > 4_000_000) break
      await pause(5)
    }
  })
  good.push(told(`a slow reader, who then leaves: grew by ${slow} MB`, slow <= growthMbMax))

  const verified = await timed('verify in the database', () => verifyAudit(tenant))
  good.push(told(`  ${JSON.stringify(verified)}`, verified.ok && verified.events === events))
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  const growth = await grown(async () => {
    const heads = headsInText(signed?.jws ?? '', 'here')
    const report = await timed('verify the file', () => verifyAuditFile(file, { heads, keys }))
    good.push(
      told(
        `  ${report.events} events, ${report.gapCount} gaps, signed through ${report.heads.signedThrough}`,
        report.problem === null && report.events === events && report.heads.signedThrough === events,
      ),
    )
  })
  good.push(told(`  grew by ${growth} MB, at most ${growthMbMax}`, growth <= growthMbMax))
  return good.every(Boolean)
}

function input(n: number) {
  return {
    action: 'tool.executed',
    outcome: 'allowed' as const,
    actor: { type: 'agent', id: 'ag_01912d3ab0c17c3f9a8d5e6f7a8b9c0d' },
    user_id: `u_${n % 5_000}`,
    agent_id: 'ag_01912d3ab0c17c3f9a8d5e6f7a8b9c0d',
    connected_account_id: `ca_${String(n % 5_000).padStart(32, '0')}`,
    connection_id: `cn_${String(n % 5_000).padStart(32, '0')}`,
    tool_name: 'github.create_issue',
    scopes_required: ['repo'],
    scopes_granted: ['repo', 'read:user'],
    policy: { engine: 'cedar', decision: 'allow' as const, policyIds: ['pol_1'] },
    params_hmac: 'ab'.repeat(32),
    duration_ms: n % 900,
    trace_id: 'f'.repeat(32),
    ip: '203.0.113.7',
    user_agent: 'agent/1.0',
    details: { upstream_status: 201 },
  }
}

async function timedFor<T>(events: number, what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  const result = await work()
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(
    `${what}: ${events} events in ${seconds.toFixed(1)} s, ${Math.round(events / seconds)} events/s`,
  )
  return result
}

/** How far the resident memory rose above where it stood, in MB. */
async function grown(work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 50)
  await work()
  clearInterval(watch)
  return Math.round((Math.max(most, process.memoryUsage.rss()) - before) / 1_048_576)
}

function told(line: string, good: boolean): boolean {
  console.log(good ? line : `${line}: BAD`)
  return good
}
