// Whether a call costs more where there is more: the same load with a thousand and with a million accounts beside the one
// that is called, each with its user, its consent, its credential, and an event in the audit.
import { Client } from 'pg'
import { step } from '../scripts/install.mjs'
import { postmasterOf } from '../scripts/processor.ts'
import { type Behalf, startBehalf } from './behalf.ts'
import { type Figures, mediansOf } from './figures.ts'
import { callOf, drive, measure } from './measure.ts'
import type { Programs } from './programs.ts'

/** What PERFORMANCE allows a call to cost among many, by what it costs among few. */
const growthMax = 1.2
const connections = 16
const rounds = 5
const seconds = 3

/** Columns of a copied row that differ from the row it was copied from. */
type Own = Record<string, string>

const id = (kind: string) => `md5('${kind} ' || n)::uuid`
const tables: readonly (readonly [table: string, own: Own])[] = [
  ['end_users', { id: id('user'), external_id: `'grown-' || n` }],
  [
    'connected_accounts',
    {
      id: id('account'),
      user_id: id('user'),
      current_connection_id: id('connection'),
      provider_account_id: `'grown-' || n`,
    },
  ],
  ['connections', { id: id('connection'), account_id: id('account'), user_id: id('user') }],
  ['credentials', { account_id: id('account'), connection_id: id('connection') }],
  // Below those of the real chain, which goes on behind its head.
  [
    'audit_events',
    { id: id('event'), sequence: '-1 - n', connected_account_id: `'ca_' || md5('account ' || n)` },
  ],
]

/** Copies the org's last row of each table, so that what is added looks like what is there. */
async function grow(client: Client, orgId: string, from: number, to: number): Promise<void> {
  // Keys and triggers are not what is measured, and would take an hour.
  await client.query('SET session_replication_role = replica')
  for (const [table, own] of tables) {
    const { rows } = await client.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
      [table],
    )
    const names = rows.map(({ name }) => name)
    const columns = names.map((name) => `"${name}"`).join(', ')
    const values = names.map((name) => own[name] ?? `x."${name}"`).join(', ')
    await client.query(
      `INSERT INTO ${table} (${columns}) SELECT ${values}
        FROM (SELECT * FROM ${table} WHERE org_id = $1::uuid ORDER BY ctid DESC LIMIT 1) x,
          generate_series($2::int, $3::int - 1) n`,
      [orgId, from, to],
    )
    await client.query(`ANALYZE ${table}`)
  }
  await client.query('SET session_replication_role = origin')
}

/** @returns whether the bar was met */
export async function benchGrowth(
  programs: Programs,
  folder: string,
  [upstreamPort = 0, port = 0]: readonly number[],
  quick: boolean,
): Promise<boolean> {
  const upstreamUrl = `http://127.0.0.1:${upstreamPort}`
  await programs.fork('upstream', [String(upstreamPort)])
  const behalf = await step('Starting an instance and connecting an account', () =>
    startBehalf(programs, folder, { port, upstreamUrl }),
  )
  const load = await programs.fork('load')
  const client = new Client({ connectionString: behalf.instance.databaseAdminUrl })
  await client.connect()
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM organizations WHERE external_id = 'bench'`,
  )
  const orgId = rows[0]?.id ?? ''
  const asked = callOf(`http://127.0.0.1:${port}/api/v1/tools/execute`, behalf.key, behalf.accountId)
  await step('Warming up', () => drive(load, { ...asked, connections, seconds: 60, requests: 6_000 }))

  const [few, many] = quick ? [1_000, 100_000] : [1_000, 1_000_000]
  const figures: Figures[] = []
  let grown = 0
  for (const accounts of [few, many]) {
    await step(`${accounts} accounts and as many audit events`, () => grow(client, orgId, grown, accounts))
    grown = accounts
    figures.push(await measured(behalf, load, asked))
  }
  await client.end()
  const [before, after] = figures as [Figures, Figures]
  for (const [at, accounts] of [few, many].entries()) console.log(line(accounts, figures[at] as Figures))
  const cost = costOf(after) / costOf(before)
  console.log(
    `\n  ${(before.requestsPerSecond / after.requestsPerSecond).toFixed(2)} times the time per call`,
  )
  console.log(`  ${cost.toFixed(2)} times the processor time per call (at most ${growthMax})`)
  return cost <= growthMax && before.errors + after.errors === 0
}

async function measured(
  { instance, pid }: Behalf,
  load: Parameters<typeof measure>[0],
  asked: ReturnType<typeof callOf>,
): Promise<Figures> {
  const postmaster = await postmasterOf(instance.databaseAdminUrl)
  const taken: Figures[] = []
  for (let round = 0; round < rounds; round++)
    taken.push(await measure(load, { ...asked, connections, seconds }, pid, postmaster))
  return mediansOf(taken)
}

const costOf = ({ cpuMs }: Figures): number => (cpuMs.program ?? Number.NaN) + (cpuMs.database ?? Number.NaN)

const line = (accounts: number, { requestsPerSecond, p50Ms, cpuMs }: Figures): string =>
  `${String(accounts).padStart(9)} accounts: ${requestsPerSecond.toFixed(0)} req/s, p50 ${p50Ms.toFixed(1)} ms, processor ${cpuMs.program?.toFixed(2)} ms a call and the database's ${cpuMs.database?.toFixed(2)} ms`
