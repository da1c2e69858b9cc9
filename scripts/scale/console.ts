import { loadavg } from 'node:os'
import { Client } from 'pg'
import type { Tenant } from '#lib/proof'
import { postmasterOf } from '../processor.ts'
import { type Figure, measured } from './figures.ts'
import { seedLarge } from './seed.ts'

/** What a query may take at the server, half of the time, in milliseconds. */
const p50MsMax = 300
/** The large organization may not answer so many times slower than a small one; differences below this are noise. */
const growthMax = 1.5
const noiseMs = 20
const few = 10_000
const smallOrgs = 40

/** The organizations that are filled, the large one first. */
async function orgs(): Promise<[large: Tenant, ...small: Tenant[]]> {
  const { systemCaller } = await import('#lib/identity')
  const { ensureOrg } = await import('#lib/tenancy')
  const { prepareOrgKeys } = await import('#lib/vault')
  const made = (name: string) => ensureOrg(systemCaller('scale'), name, prepareOrgKeys)
  const large = await made('large')
  const small: Tenant[] = []
  for (let at = 1; at <= smallOrgs; at++) small.push(await made(`small-${at}`))
  return [large, ...small]
}

/** Fills the database. @returns the large organization */
export async function seeded(adminUrl: string, accounts: number): Promise<Tenant> {
  const all = await orgs()
  const startedAt = performance.now()
  const parts = await seedLarge(
    adminUrl,
    all.map(({ orgId }) => orgId),
    accounts,
  )
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`seeded ${accounts} accounts, ${accounts * 10} events in ${seconds.toFixed(0)} s (${parts})`)
  return all[0]
}

/**
 * Asks everything that the console's pages ask, of an organization with few accounts and of one with many.
 * @param given.accounts of the large one; `null` where the database is seeded already: then there is no growth to be told
 * @returns whether every bar was met
 */
export async function consoleAtScale(
  adminUrl: string,
  { accounts, find, rounds }: { accounts: number | null; find: string | undefined; rounds: number },
): Promise<boolean> {
  const { queriesOf } = await import('./queries.ts')
  const postmaster = await postmasterOf(adminUrl)
  const figuresOf = async (tenant: Tenant) => {
    const queries = (await queriesOf(tenant)).filter(({ name }) => find === undefined || name.includes(find))
    console.log(`${queries.length} queries, load average ${loadavg()[0]?.toFixed(1)}`)
    return measured(queries, rounds, postmaster)
  }
  const small = accounts === null ? null : await figuresOf(await seeded(adminUrl, few))
  const large = accounts === null ? (await orgs())[0] : await seeded(adminUrl, accounts)
  await forgetUse(adminUrl)
  const figures = await figuresOf(large)
  const good = told(figures, small)
  await tellIndexes(adminUrl)
  return good
}

function told(figures: ReadonlyMap<string, Figure>, small: ReadonlyMap<string, Figure> | null): boolean {
  console.log(`${'ms'.padEnd(64)}    p50    p95  processor${small ? '  p50 of few  growth' : ''}`)
  let bad = 0
  for (const [name, { p50, p95, cpu }] of figures) {
    const before = small?.get(name)?.p50
    const slow = p50 > p50MsMax
    const grew = before !== undefined && p50 > before * growthMax && p50 - before > noiseMs
    if (slow || grew) bad++
    const growth =
      before === undefined ? '' : `${one(before).padStart(12)}  ${(p50 / before).toFixed(2).padStart(6)}`
    const marks = `${slow ? '  SLOW' : ''}${grew ? '  GREW' : ''}`
    console.log(
      `${name.padEnd(64)} ${one(p50).padStart(6)} ${one(p95).padStart(6)} ${one(cpu).padStart(10)}${growth}${marks}`,
    )
  }
  const all = [...figures.values()].map(({ p50 }) => p50).sort((a, b) => a - b)
  console.log(
    `${all.length} queries: slowest p50 ${one(all.at(-1) ?? 0)} ms, of ninety-nine in a hundred at most ${one(all[Math.floor(all.length * 0.99)] ?? 0)} ms; ${bad} beyond the bars (p50 ${p50MsMax} ms, growth ${growthMax} above ${noiseMs} ms)`,
  )
  return bad === 0
}

const one = (ms: number): string => ms.toFixed(1)

const ofSeeded = `relname IN ('connected_accounts', 'connections', 'end_users', 'receipts', 'executions')
  OR relname LIKE 'audit_events%'`

async function withClient<T>(adminUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const forgetUse = (adminUrl: string) =>
  withClient(adminUrl, (client) => client.query('SELECT pg_stat_reset()'))

/** Which indexes these queries entered: one that nothing enters costs every write for nothing. */
async function tellIndexes(adminUrl: string): Promise<void> {
  const { rows } = await withClient(adminUrl, (client) =>
    client.query<{ name: string; scans: string; mb: string }>(
      `SELECT coalesce(i.inhparent::regclass::text, s.indexrelid::regclass::text) AS name, sum(idx_scan) AS scans,
          round(sum(pg_relation_size(s.indexrelid)) / 1048576) AS mb
        FROM pg_stat_user_indexes s LEFT JOIN pg_inherits i ON i.inhrelid = s.indexrelid
        WHERE ${ofSeeded} GROUP BY 1 ORDER BY 2, 1`,
    ),
  )
  for (const { name, scans, mb } of rows)
    console.log(`${name.padEnd(50)} ${scans.padStart(9)} scans ${mb.padStart(6)} MB`)
}
